#include "census/count/hot_inodes.h"

#include <algorithm>
#include <string>

#include "base/os/os.h"

namespace hardlink {
namespace {

void addPath(HotInode& hot, const std::string& path) {
  if (!path.empty() && std::find(hot.paths.begin(), hot.paths.end(), path) == hot.paths.end()) {
    hot.paths.push_back(path);
  }
}

void keepKnownPaths(std::vector<HotInode>& hot_inodes, int root,
                    const std::vector<KnownPath>& known_paths) {
  for (const KnownPath& known : known_paths) {
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

std::vector<InodeTable::Record> hottestInodes(const InodeTable& table, const SingleLinks& singles,
                                              std::size_t count) {
  HottestInodes hottest(count);
  for (InodeTable::Index i = 0; i < table.size(); ++i) {
    if (table.record(i).names > 0) {
      hottest.offer(table.record(i));
    }
  }
  for (const InodeTable::Record& record : singles.hottest()) {
    hottest.offer(record);
  }
  return hottest.take();
}

WantedByUnit wantedNames(const std::vector<InodeTable::Record>& hottest) {
  WantedByUnit wanted;
  for (const InodeTable::Record& entry : hottest) {
    wanted[entry.first_unit].push_back(entry.inode);
    if (entry.last_unit != entry.first_unit) {
      wanted[entry.last_unit].push_back(entry.inode);
    }
  }
  return wanted;
}

std::vector<HotInode> nameHotInodes(const std::vector<InodeTable::Record>& hottest, int root,
                                    const std::vector<KnownPath>& known_paths,
                                    const NamesByUnit& names) {
  std::vector<HotInode> hot_inodes;
  hot_inodes.reserve(hottest.size());
  for (const InodeTable::Record& entry : hottest) {
    hot_inodes.push_back({.inode = entry.inode,
                          .links = entry.links,
                          .names_in_root = entry.names,
                          .layers = entry.layers,
                          .size_bytes = 0,
                          .regular_file = entry.isRegular(),
                          .paths = {}});
  }
  keepKnownPaths(hot_inodes, root, known_paths);
  for (const auto& [unit, found_names] : names) {  // ascending: first units first
    for (HotInode& hot : hot_inodes) {
      if (const auto found = found_names.find(hot.inode); found != found_names.end()) {
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

Result<std::vector<InodeLinks>> rereadLinks(const std::string& root,
                                            const std::vector<HotInode>& hot_inodes) {
  ASSIGN_OR_RETURN(const Fd directory, os::openRoot(root));
  std::vector<InodeLinks> reread;
  for (const HotInode& hot : hot_inodes) {
    for (const std::string& path : hot.paths) {
      int error = 0;
      const auto status = os::statBelow(directory.get(), path, error);
      if (status && status->inode == hot.inode) {
        reread.push_back({hot.inode, status->links});
        break;
      }
    }
  }
  return reread;
}

}  // namespace hardlink
