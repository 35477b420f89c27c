#pragma once

/// Decodes an inode of ext4 from its bytes on disk: struct ext2_inode_large of ext2fs/ext2_fs.h, of
/// Ext4Volume::inodeSize() bytes. A change under way may have torn them. Any thread.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "base/error.h"
#include "census/ext4/ext4_volume.h"

namespace hardlink {

enum class Ext4Kind : std::uint8_t {
  unused,
  directory,
  regular,
  empty_regular,
  symlink,
  long_symlink,  ///< one that takes a block beside its inode (kLongSymlink)
  special,       ///< a FIFO, socket or device
};

/// The part of an inode that matters for counting.
struct Ext4Inode {
  Ext4Kind kind = Ext4Kind::unused;
  std::uint16_t links = 0;
  /// Of a directory: changes whenever an entry is added or removed, save where two changes fall
  /// into one tick of the clock that gives inodes their times.
  std::uint64_t fingerprint = 0;
  /// Of a directory: its `ctime`, which nobody can set, in nanoseconds since the epoch. The end of
  /// the second where the inode has only seconds.
  std::int64_t changed_ns = 0;
  bool is_indexed = false;    ///< likewise
  bool is_encrypted = false;  ///< likewise: only the kernel can spell its names
};

/// Whether a directory changed no earlier than the volume was opened: its next change may not show
/// in its inode.
[[nodiscard]] inline bool isRecent(const Ext4Volume& volume, const Ext4Inode& directory) {
  return directory.changed_ns >= volume.openedNs();
}

[[nodiscard]] Ext4Inode decodeInode(std::span<const std::byte> raw);

/// The blocks of the filesystem that the inode takes, as `st_blocks` in another unit; content that
/// lies in the inode itself takes none. As ext4_inode_blocks() in fs/ext4. A file that takes 2^32
/// blocks or more, which its size does not allow, has 2^32 - 1.
[[nodiscard]] std::uint32_t allocatedBlocks(const Ext4Volume& volume,
                                            std::span<const std::byte> raw);

/// The directory entries that lie in the inode itself: pieces that parse like blocks. Empty for
/// directories without inline data.
[[nodiscard]] std::vector<std::vector<std::byte>> inlineEntries(std::span<const std::byte> raw);

/// The parent of a directory whose entries lie in the inode.
[[nodiscard]] std::uint32_t inlineParent(std::span<const std::byte> raw);

/// The number of type T at `offset` of `bytes`, which must be long enough. Numbers are
/// little-endian on disk and in memory (ext4_inode.cc refuses to compile elsewhere).
template <class T>
[[nodiscard]] T loadNumber(std::span<const std::byte> bytes, std::size_t offset) {
  T number;
  std::memcpy(&number, bytes.data() + offset, sizeof number);
  return number;
}

/// A run of blocks of the device.
struct Ext4Extent {
  std::uint64_t block : 48;
  std::uint64_t length : 16;  ///< in blocks, at least 1
};

/// Appends the extents of the directory whose inode is at `raw` to `extents`, in any order, from
/// its extent tree or its block map; none for inline data. The Error has an errno value: EUCLEAN if
/// the bytes make no sense.
[[nodiscard]] Result<void> appendExtents(const Ext4Volume& volume, std::span<const std::byte> raw,
                                         std::vector<Ext4Extent>& extents);

}  // namespace hardlink
