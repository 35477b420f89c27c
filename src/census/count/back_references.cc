#include "census/count/back_references.h"

#include <algorithm>

namespace hardlink {
namespace {

/// struct btrfs_inode_ref, which precedes each name.
constexpr std::uint64_t kHeaderBytes = 10;

}  // namespace

std::optional<DirectoryNames> BackReferences::finishDirectory() {
  std::sort(names_.begin(), names_.end(),
            [](const Name& a, const Name& b) { return a.inode < b.inode; });
  std::optional<DirectoryNames> longest;
  DirectoryNames current;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    const std::uint64_t bytes = kHeaderBytes + names_[i].length;
    if (i == 0 || names_[i].inode != current.inode) {
      current = {.directory = {}, .inode = names_[i].inode, .shortest_name = bytes};
    }
    ++current.names;
    current.bytes += bytes;
    current.shortest_name = std::min(current.shortest_name, bytes);
    if (!longest || current.bytes > longest->bytes) {
      longest = current;
    }
  }
  names_.clear();
  return longest;
}

bool isFuller(const DirectoryNames& a, const DirectoryNames& b) {
  return a.bytes != b.bytes ? a.bytes > b.bytes : a.directory < b.directory;
}

}  // namespace hardlink
