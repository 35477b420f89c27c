#include "census/count/fullest_directories.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace hardlink {
namespace {

/// struct btrfs_inode_ref, which precedes each name.
constexpr std::uint64_t kHeaderBytes = 10;

bool usesLimit(const Subdirectories& directory) { return directory.limit && directory.count > 0; }

bool fuller(const FullDirectory& a, const FullDirectory& b) {
  const Subdirectories& one = a.subdirectories;
  const Subdirectories& other = b.subdirectories;
  if (usesLimit(one) != usesLimit(other)) {
    return usesLimit(one);
  }
  if (usesLimit(one) && one.limit != other.limit) {
    // Numbers of directories and their limits are of 32 bits.
    const std::uint64_t share = one.count * *other.limit;
    const std::uint64_t other_share = other.count * *one.limit;
    if (share != other_share) {
      return share > other_share;
    }
  }
  return std::tie(other.count, a.unit, a.inode) < std::tie(one.count, b.unit, b.inode);
}

}  // namespace

FullestDirectories::FullestDirectories(std::size_t most) : most_(std::max<std::size_t>(1, most)) {}

bool FullestDirectories::wants(const FullDirectory& directory) const {
  return entries_.size() < most_ || fuller(directory, entries_.back());
}

void FullestDirectories::offer(FullDirectory directory) {
  if (!wants(directory)) {
    return;
  }
  if (entries_.size() == most_) {
    entries_.pop_back();
  }
  const auto at = std::upper_bound(entries_.begin(), entries_.end(), directory, fuller);
  entries_.insert(at, std::move(directory));
}

void FullestDirectories::merge(const FullestDirectories& other) {
  for (const FullDirectory& directory : other.entries_) {
    offer(directory);
  }
}

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
