#include "census/count/unit_reader.h"

#include <algorithm>
#include <utility>

namespace hardlink {
namespace {

/// Whether `path` is one of `paths`, which ascend.
bool contains(const std::vector<std::string>& paths, const std::string& path) {
  return std::binary_search(paths.begin(), paths.end(), path);
}

/// Whether one of `paths`, which ascend, is below `path`.
bool leadOn(const std::vector<std::string>& paths, const std::string& path) {
  const std::string prefix = path + "/";
  const auto first = std::lower_bound(paths.begin(), paths.end(), prefix);
  return first != paths.end() && first->starts_with(prefix);
}

}  // namespace

Exclusions::Exclusions(const std::vector<std::string>& globs) {
  for (const std::string& glob : globs) {
    globs_.emplace_back(glob);
    deepest_ = std::max(deepest_, globs_.back().depth());
  }
}

bool Exclusions::match(std::string_view path) const {
  return std::any_of(globs_.begin(), globs_.end(),
                     [&](const PathGlob& glob) { return glob.matches(path); });
}

UnitRule::UnitRule(const Farm& farm, const std::vector<std::string>& globs) : farm_(farm) {
  if (farm.layout == Layout::docker_overlay) {
    docker_ = PathGlobs(globs.empty() ? std::vector<std::string>{"*/root"} : globs);
  }
}

std::optional<Unit> UnitRule::unitAt(std::string path) const {
  if (farm_.layout == Layout::docker_overlay) {
    return dockerUnitAt(std::move(path));
  }
  if (contains(farm_.layers, path)) {
    const bool is_head = contains(farm_.heads, path);
    return Unit{.path = path, .is_layer = true, .layer_name = path, .is_head = is_head};
  }
  if (leadOn(farm_.layers, path)) {
    return std::nullopt;
  }
  const bool is_user = contains(farm_.users, path);
  if (!is_user && leadOn(farm_.users, path)) {
    return std::nullopt;
  }
  return Unit{.path = std::move(path), .is_user = is_user};
}

std::optional<Unit> UnitRule::dockerUnitAt(std::string path) const {
  if (docker_.match(path)) {
    // The directory of a layer is called after its cache id.
    std::string name = path.substr(0, path.find('/'));
    return Unit{
        .path = std::move(path), .is_layer = true, .layer_name = std::move(name), .is_head = true};
  }
  return docker_.mayMatchBelow(path) ? std::nullopt : std::optional(Unit{.path = std::move(path)});
}

}  // namespace hardlink
