#include "census/units.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <tuple>

namespace hardlink {
namespace {

/// Passes the shallow directories on to the visitor behind it, and keeps the rest as units.
class UnitFinder : public TreeVisitor {
 public:
  UnitFinder(const LayerPlan& plan, const TreeWalker& walker, TreeVisitor& inner)
      : plan_(plan), walker_(walker), inner_(inner) {}

  void onName(int directory, const os::DirectoryEntry& entry) override {
    inner_.onName(directory, entry);
  }

  bool onDirectory(const os::DirectoryEntry& entry) override {
    if (!inner_.onDirectory(entry)) {
      return false;
    }
    Unit unit{.path = walker_.pathOf(entry.name), .is_layer = false, .layer_name = {}};
    const bool matches = plan_.rule.match(unit.path);
    if (!matches && plan_.rule.leadOn(unit.path)) {
      return true;
    }
    if (matches && plan_.accepts(unit.path)) {
      unit.is_layer = true;
      unit.layer_name = plan_.layerName(unit.path);
    }
    units.push_back(std::move(unit));
    return false;
  }

  void onDirectoryEnd(std::uint64_t subdirectories) override {
    inner_.onDirectoryEnd(subdirectories);
  }

  void onError(int error, const char* name, bool directory) override {
    inner_.onError(error, name, directory);
  }

  std::vector<Unit> units;

 private:
  const LayerPlan& plan_;
  const TreeWalker& walker_;
  TreeVisitor& inner_;
};

std::vector<std::string> childNames(int directory, bool directories_only, std::size_t most) {
  os::DirectoryReader reader;
  reader.start(directory);
  std::vector<std::string> names;
  while (names.size() < most) {
    const os::DirectoryEntry* entry = reader.next();
    if (entry == nullptr) {
      break;
    }
    const bool can_be_directory =
        entry->type == os::FileType::directory || entry->type == os::FileType::unknown;
    if (can_be_directory || !directories_only) {
      names.emplace_back(entry->name);
    }
  }
  return names;
}

/// What a child directory of the root is to Docker's driver; nothing if it cannot be opened.
std::optional<ChildKind> probeChild(int root, const std::string& name) {
  // None of Docker's own has more than five entries.
  constexpr std::size_t kEntries = 16;
  int error = 0;
  const Fd child = os::openDirectoryAt(root, name.c_str(), error);
  return child.valid() ? std::optional(classifyChild(childNames(child.get(), false, kEntries)))
                       : std::nullopt;
}

bool probeDocker(int root) {
  // Docker's directories are all alike: a sample tells.
  constexpr std::size_t kChildren = 256;
  int error = 0;
  const Fd listing = reopenDirectory(root, error);
  std::vector<ChildKind> kinds;
  if (listing.valid()) {
    for (const std::string& name : childNames(listing.get(), true, kChildren)) {
      const auto kind = name == "lost+found" ? std::nullopt : probeChild(root, name);
      if (kind) {
        kinds.push_back(*kind);
      }
    }
  }
  return looksLikeDockerOverlay(kinds);
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

std::vector<Unit> findUnits(int root, const LayerPlan& plan, TreeWalker& walker,
                            TreeVisitor& visitor, const std::stop_token& stop) {
  int error = 0;
  Fd start = reopenDirectory(root, error);
  if (!start.valid()) {
    visitor.onError(error, ".", true);
    return {};
  }
  UnitFinder finder(plan, walker, visitor);
  walker.walk(std::move(start), finder, stop);
  std::sort(finder.units.begin(), finder.units.end(), [](const Unit& a, const Unit& b) {
    return std::tie(b.is_layer, a.path) < std::tie(a.is_layer, b.path);
  });
  return std::move(finder.units);
}

void markUnfinishedLayers(int root, const LayerPlan& plan, std::vector<Unit>& units) {
  if (plan.layout != Layout::docker_overlay) {
    return;
  }
  for (Unit& unit : units) {
    if (!unit.is_layer && isUnfinishedLayer(unit.path)) {
      const auto kind = probeChild(root, unit.path.substr(0, unit.path.find('/')));
      unit.is_unfinished = kind == ChildKind::docker_layer || kind == ChildKind::docker_other;
    }
  }
}

LayerPlan probeLayers(int root, const LayerOptions& options) {
  const bool look = options.layout == LayoutChoice::automatic;
  return planLayers(options, look && probeDocker(root));
}

Fd reopenDirectory(int directory, int& error) { return os::openDirectoryAt(directory, ".", error); }

}  // namespace hardlink
