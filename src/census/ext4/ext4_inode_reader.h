#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "census/count/inode_tracker.h"
#include "census/ext4/ext4_inode_map.h"
#include "census/ext4/ext4_volume.h"

namespace hardlink {

/// Inodes as they are on disk now; Ext4InodeMap has them as they were when the inode tables were
/// read. Not thread-safe. The volume must outlive it.
class Ext4InodeReader {
 public:
  explicit Ext4InodeReader(const Ext4Volume& volume) : volume_(volume) {}

  /// The directory `inode`. Its entries are where it says until releaseDirectories(). The Error has
  /// an errno value: ENOENT where it is no directory any more, EUCLEAN where it makes no sense.
  [[nodiscard]] Result<Ext4Directory> directory(std::uint32_t inode);
  void releaseDirectories();

  /// Unused where it cannot be read.
  [[nodiscard]] Ext4InodeMap::Entry entry(std::uint32_t inode);
  [[nodiscard]] SaturatedInode saturated(std::uint32_t inode);

  /// A directory as it was when its entries were read.
  struct Seen {
    std::uint32_t inode;
    std::uint32_t fingerprint;
  };
  /// How many of `seen` have changed since; sorts them by inode.
  [[nodiscard]] std::uint64_t countChanged(std::vector<Seen>& seen);

 private:
  [[nodiscard]] Result<void> readInode(std::uint32_t inode);

  const Ext4Volume& volume_;
  std::vector<std::byte> bytes_;  // of the inodes read last
  std::deque<std::vector<Ext4Extent>> extents_;
  std::deque<std::vector<std::vector<std::byte>>> inline_entries_;
};

}  // namespace hardlink
