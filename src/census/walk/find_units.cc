#include "census/walk/walk_reader.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

#include "base/os/fd.h"
#include "base/os/os.h"
#include "farms/layout.h"

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

std::vector<Unit> findUnits(int root, const UnitRule& rule, TreeWalker& walker,
                            TreeVisitor& visitor, const std::stop_token& stop) {
  int error = 0;
  Fd start = os::reopenDirectory(root, error);
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

}  // namespace hardlink
