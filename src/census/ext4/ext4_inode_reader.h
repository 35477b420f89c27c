#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "base/error.h"
#include "census/ext4/ext4_inode.h"
#include "census/ext4/ext4_inode_map.h"
#include "census/ext4/ext4_volume.h"
#include "census/ext4/refresh/kept_units.h"

namespace hardlink {

/// Inodes as they are on disk now, while Ext4InodeMap has those of its pass. Not thread-safe. The
/// volume must outlive it.
class Ext4InodeReader {
 public:
  explicit Ext4InodeReader(const Ext4Volume& volume) : volume_(volume) {}

  /// The directory `inode`; its spans are valid until releaseDirectories(). The Error has an errno
  /// value: ENOENT if it is no directory any more, EUCLEAN if it makes no sense.
  [[nodiscard]] Result<Ext4Directory> directory(std::uint32_t inode);
  void releaseDirectories();

  /// Unused if it cannot be read.
  [[nodiscard]] Ext4InodeMap::Entry entry(std::uint32_t inode);

  /// How many of `seen` have changed since; sorts them by inode.
  [[nodiscard]] std::uint64_t countChanged(std::vector<SeenDirectory>& seen);

 private:
  [[nodiscard]] Result<void> readInode(std::uint32_t inode);

  const Ext4Volume& volume_;
  std::vector<std::byte> bytes_;  // of the inodes read last
  std::deque<std::vector<Ext4Extent>> extents_;
  std::deque<std::vector<std::vector<std::byte>>> inline_entries_;
};

}  // namespace hardlink
