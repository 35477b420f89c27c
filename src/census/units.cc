#include "census/units.h"

#include <algorithm>
#include <cerrno>
#include <tuple>
#include <utility>

namespace hardlink {
namespace {

/// Passes the shallow directories on to the visitor behind it, and keeps the rest as units.
class UnitFinder : public TreeVisitor {
 public:
  UnitFinder(const UnitRule& rule, const TreeWalker& walker, TreeVisitor& inner)
      : rule_(rule), walker_(walker), inner_(inner) {}

  void onName(int directory, const os::DirectoryEntry& entry) override {
    inner_.onName(directory, entry);
  }

  bool onDirectory(const os::DirectoryEntry& entry) override {
    if (!inner_.onDirectory(entry)) {
      return false;
    }
    auto unit = rule_.unitAt(walker_.pathOf(entry.name));
    if (!unit) {
      return true;
    }
    units.push_back(std::move(*unit));
    return false;
  }

  void onDirectoryEnd(const WalkedDirectory& directory) override {
    inner_.onDirectoryEnd(directory);
  }

  void onError(int error, const char* name, bool directory) override {
    inner_.onError(error, name, directory);
  }

  std::vector<Unit> units;

 private:
  const UnitRule& rule_;
  const TreeWalker& walker_;
  TreeVisitor& inner_;
};

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

/// Whether the child `name` of the root is Docker's, by what is in it.
bool isDockers(int root, const std::string& name) {
  // None of Docker's own has more than five entries.
  constexpr std::size_t kEntries = 16;
  int error = 0;
  const Fd child = os::openDirectoryAt(root, name.c_str(), error);
  if (!child.valid()) {
    return false;
  }
  os::DirectoryReader reader;
  reader.start(child.get());
  std::vector<std::string> names;
  while (names.size() < kEntries) {
    const os::DirectoryEntry* entry = reader.next();
    if (entry == nullptr) {
      break;
    }
    names.emplace_back(entry->name);
  }
  const ChildKind kind = classifyChild(names);
  return kind == ChildKind::docker_layer || kind == ChildKind::docker_other;
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
  return docker_.leadOn(path) ? std::nullopt : std::optional(Unit{.path = std::move(path)});
}

std::vector<Unit> findUnits(int root, const UnitRule& rule, TreeWalker& walker,
                            TreeVisitor& visitor, const std::stop_token& stop) {
  int error = 0;
  Fd start = reopenDirectory(root, error);
  if (!start.valid()) {
    visitor.onError(error, ".", true);
    return {};
  }
  UnitFinder finder(rule, walker, visitor);
  walker.walk(std::move(start), finder, stop);
  std::sort(finder.units.begin(), finder.units.end(), [](const Unit& a, const Unit& b) {
    return std::tie(b.is_layer, a.path) < std::tie(a.is_layer, b.path);
  });
  return std::move(finder.units);
}

void markUnfinishedLayers(int root, std::vector<Unit>& units) {
  for (Unit& unit : units) {
    unit.is_unfinished = !unit.is_layer && isUnfinishedLayer(unit.path) &&
                         isDockers(root, unit.path.substr(0, unit.path.find('/')));
  }
}

Fd reopenDirectory(int directory, int& error) { return os::openDirectoryAt(directory, ".", error); }

}  // namespace hardlink
