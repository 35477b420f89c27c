#include "census/hot_inodes.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

namespace hardlink {
namespace {

/// First and last name, in byte order, of each wanted inode within one unit.
class NameCollector : public TreeVisitor {
 public:
  NameCollector(const TreeWalker& walker, const Exclusions& exclusions)
      : walker_(walker), exclusions_(exclusions) {}

  struct Names {
    std::string first;
    std::string last;
  };

  /// Begins a unit at `prefix` below the root (empty for the root itself).
  void start(const std::string& prefix) { prefix_ = prefix.empty() ? "" : prefix + "/"; }

  void want(std::uint64_t inode) { found.try_emplace(inode); }

  void onName(int /*directory*/, const os::DirectoryEntry& entry) override {
    const auto wanted = found.find(entry.inode);
    if (wanted == found.end()) {
      return;
    }
    std::string path = prefix_ + walker_.pathOf(entry.name);
    Names& names = wanted->second;
    if (names.first.empty() || path < names.first) {
      names.first = path;
    }
    if (path > names.last) {
      names.last = std::move(path);
    }
  }

  bool onDirectory(const os::DirectoryEntry& entry) override {
    return exclusions_.none() || !exclusions_.match(prefix_ + walker_.pathOf(entry.name));
  }
  void onDirectoryEnd(std::uint64_t /*subdirectories*/) override {}
  void onError(int /*error*/, const char* /*name*/, bool /*directory*/) override {
    // Counted when it was met the first time.
  }

  std::unordered_map<std::uint64_t, Names> found;

 private:
  const TreeWalker& walker_;
  const Exclusions& exclusions_;
  std::string prefix_;
};

bool hotter(const InodeTable::Record& a, const InodeTable::Record& b) {
  return a.links != b.links ? a.links > b.links : a.inode < b.inode;
}

void addPath(HotInode& hot, const std::string& path) {
  if (!path.empty() && std::find(hot.paths.begin(), hot.paths.end(), path) == hot.paths.end()) {
    hot.paths.push_back(path);
  }
}

/// Walks unit number `unit` again for the names of the inodes `wanted`.
std::unordered_map<std::uint64_t, NameCollector::Names> collectNames(
    std::uint32_t unit, const std::vector<std::uint64_t>& wanted, int root,
    const CensusRequest& request, const FilesystemInfo& filesystem, const LayerPlan& plan,
    const std::vector<Unit>& units, const std::stop_token& stop) {
  TreeWalker walker(filesystem.subvolumes);
  const Exclusions exclusions(request.exclude);
  NameCollector collector(walker, exclusions);
  for (const std::uint64_t inode : wanted) {
    collector.want(inode);
  }
  if (unit == 0) {
    (void)findUnits(root, plan, walker, collector, stop);
  } else {
    const std::string& path = units[unit - 1].path;
    int error = 0;
    Fd start = os::openDirectoryAt(root, path.c_str(), error);
    if (start.valid()) {
      collector.start(path);
      walker.walk(std::move(start), collector, stop);
    }
  }
  return std::move(collector.found);
}

void keepKnownPaths(std::vector<HotInode>& hot_inodes, int root, const CensusRequest& request) {
  for (const KnownPath& known : request.known_paths) {
    const auto hot = std::find_if(hot_inodes.begin(), hot_inodes.end(),
                                  [&](const HotInode& h) { return h.inode == known.inode; });
    int error = 0;
    if (hot == hot_inodes.end()) {
      continue;
    }
    const auto status = os::statBelow(root, known.path, error);
    if (status && status->inode == known.inode) {
      addPath(*hot, known.path);
    }
  }
}

/// The size, and a representative that still exists.
void readStatus(HotInode& hot, int root) {
  while (!hot.paths.empty()) {
    int error = 0;
    const auto status = os::statBelow(root, hot.paths.front(), error);
    if (status && status->inode == hot.inode) {
      hot.size_bytes = status->size_bytes;
      return;
    }
    hot.paths.erase(hot.paths.begin());
  }
}

}  // namespace

std::vector<InodeTable::Record> hottestInodes(const InodeTable& table, std::size_t count) {
  std::vector<InodeTable::Record> heap;  // the coolest of the kept ones at the front
  if (count == 0) {
    return heap;
  }
  for (InodeTable::Index i = 0; i < table.size(); ++i) {
    const InodeTable::Record& record = table.record(i);
    if (heap.size() == count && !hotter(record, heap.front())) {
      continue;
    }
    if (heap.size() == count) {
      std::pop_heap(heap.begin(), heap.end(), hotter);
      heap.pop_back();
    }
    heap.push_back(record);
    std::push_heap(heap.begin(), heap.end(), hotter);
  }
  std::sort_heap(heap.begin(), heap.end(), hotter);
  return heap;
}

std::vector<HotInode> nameHotInodes(const std::vector<InodeTable::Record>& hottest, int root,
                                    const CensusRequest& request, const FilesystemInfo& filesystem,
                                    const LayerPlan& plan, const std::vector<Unit>& units,
                                    const std::stop_token& stop) {
  std::vector<HotInode> hot_inodes;
  std::map<std::uint32_t, std::vector<std::uint64_t>> wanted_of_unit;
  for (const InodeTable::Record& entry : hottest) {
    hot_inodes.push_back({.inode = entry.inode,
                          .links = entry.links,
                          .names_in_root = entry.names,
                          .layers = entry.layers,
                          .size_bytes = 0,
                          .regular_file = entry.regular_file,
                          .paths = {}});
    wanted_of_unit[entry.first_unit].push_back(entry.inode);
    if (entry.last_unit != entry.first_unit) {
      wanted_of_unit[entry.last_unit].push_back(entry.inode);
    }
  }
  keepKnownPaths(hot_inodes, root, request);
  for (const auto& [unit, wanted] : wanted_of_unit) {  // ascending: first units first
    auto names = collectNames(unit, wanted, root, request, filesystem, plan, units, stop);
    for (HotInode& hot : hot_inodes) {
      if (const auto found = names.find(hot.inode); found != names.end()) {
        addPath(hot, found->second.first);
        addPath(hot, found->second.last);
      }
    }
  }
  for (HotInode& hot : hot_inodes) {
    readStatus(hot, root);
  }
  return hot_inodes;
}

}  // namespace hardlink
