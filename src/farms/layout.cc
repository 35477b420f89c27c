#include "farms/layout.h"

#include <fnmatch.h>

#include <algorithm>

#include "config/braces.h"

namespace hardlink {
namespace {

constexpr std::string_view kLayerDirectory = "root";
constexpr std::string_view kUnfinishedPrefix = "tmproot";

bool isContainerEntry(std::string_view name) {
  static constexpr std::string_view kNames[] = {"upper", "work", "merged", "lower-id"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

/// The leading components of `glob` that have no wildcard.
std::string literalHolder(const std::string& glob) {
  const std::size_t wildcard = std::min(glob.find_first_of("*?[\\"), glob.size());
  const std::size_t slash = glob.rfind('/', wildcard);
  return slash == std::string::npos ? std::string() : glob.substr(0, slash);
}

}  // namespace

PathGlob::PathGlob(std::string_view pattern) {
  while (!pattern.empty()) {
    const std::size_t slash = std::min(pattern.find('/'), pattern.size());
    if (slash > 0) {
      components_.emplace_back(pattern.substr(0, slash));
    }
    pattern.remove_prefix(std::min(slash + 1, pattern.size()));
  }
}

std::optional<std::size_t> PathGlob::matched(std::string_view path) const {
  std::size_t level = 0;
  for (; !path.empty(); ++level) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    const std::string name(path.substr(0, slash));
    if (slash == 0 || level == components_.size() ||
        fnmatch(components_[level].c_str(), name.c_str(), 0) != 0) {
      return std::nullopt;
    }
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return level;
}

bool PathGlob::matches(std::string_view path) const {
  return !path.empty() && matched(path) == components_.size();
}

bool PathGlob::mayMatchBelow(std::string_view path) const {
  return matched(path).value_or(components_.size()) < components_.size();
}

PathGlobs::PathGlobs(const std::vector<std::string>& patterns) {
  for (const std::string& pattern : patterns) {
    // The configuration was validated before: a pattern that cannot be expanded is used as it is.
    const auto expanded = expandBraces(pattern);
    for (const std::string& glob : expanded ? *expanded : std::vector{pattern}) {
      globs_.emplace_back(glob);
    }
  }
}

bool PathGlobs::match(std::string_view path) const {
  return std::any_of(globs_.begin(), globs_.end(),
                     [&](const PathGlob& glob) { return glob.matches(path); });
}

bool PathGlobs::mayMatchBelow(std::string_view path) const {
  return std::any_of(globs_.begin(), globs_.end(),
                     [&](const PathGlob& glob) { return glob.mayMatchBelow(path); });
}

ChildKind classifyChild(const std::vector<std::string>& entries) {
  if (entries.empty()) {
    return ChildKind::empty;
  }
  bool has_root = false;
  for (const std::string& name : entries) {
    has_root = has_root || name == kLayerDirectory;
    const bool is_drivers =
        name == kLayerDirectory || name.starts_with(kUnfinishedPrefix) || isContainerEntry(name);
    if (!is_drivers) {
      return ChildKind::other;
    }
  }
  return has_root ? ChildKind::docker_layer : ChildKind::docker_other;
}

bool isUnfinishedLayer(std::string_view relative_path) {
  const std::size_t slash = relative_path.find('/');
  return slash != std::string_view::npos &&
         relative_path.substr(slash + 1).starts_with(kUnfinishedPrefix) &&
         relative_path.find('/', slash + 1) == std::string_view::npos;
}

bool looksLikeDockerOverlay(const std::vector<ChildKind>& children) {
  const auto count = [&](ChildKind kind) {
    return std::count(children.begin(), children.end(), kind);
  };
  const auto layers = count(ChildKind::docker_layer);
  return layers > 0 && layers + count(ChildKind::docker_other) > count(ChildKind::other);
}

std::string layerHolder(const std::vector<std::string>& globs) {
  std::optional<std::string> holder;
  for (const std::string& pattern : globs) {
    const auto expanded = expandBraces(pattern);
    for (const std::string& glob : expanded ? *expanded : std::vector{pattern}) {
      const std::string own = literalHolder(glob);
      // If layers lie in several directories, the holder is the root. The interval finds layers in
      // them.
      holder = holder.value_or(own) == own ? own : std::string();
    }
  }
  return holder.value_or("");
}

}  // namespace hardlink
