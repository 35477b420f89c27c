#pragma once

/// The metadata of a mounted ext2, ext3 or ext4 filesystem, read from its block device. ext4 keeps
/// inode tables and directory blocks in the device's page cache, so that buffered reads see a new
/// link at once; nothing here uses O_DIRECT. The filesystem changes meanwhile: whatever is read is
/// checked before it is used.

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/os/fd.h"

struct struct_ext2_filsys;  // ext2fs/ext2fs.h

namespace hardlink {

/// A run of blocks of the device.
struct Ext4Extent {
  std::uint64_t block : 48;
  std::uint64_t length : 16;  ///< in blocks, at least 1
};

/// A long symlink (kLongSymlink) takes a block beside its inode.
enum class Ext4Kind : std::uint8_t { unused, regular, directory, other, long_symlink };

/// What of an inode matters for counting. Decoded from the bytes on disk by decodeInode().
struct Ext4Inode {
  Ext4Kind kind = Ext4Kind::unused;
  std::uint16_t links = 0;
  /// Of a directory: changes whenever an entry is added or removed.
  std::uint32_t fingerprint = 0;
  bool is_indexed = false;    ///< likewise
  bool is_encrypted = false;  ///< likewise: only the kernel can spell its names
};

/// What an inode holds, as stat(2) tells it, but that what lies in the inode itself takes nothing.
struct Ext4Allocation {
  std::uint64_t size_bytes = 0;
  std::uint64_t allocated_bytes = 0;
};

/// The layout of the filesystem at one moment; opened through libext2fs. Reading is safe from any
/// thread.
class Ext4Volume {
 public:
  struct Group {
    std::uint64_t inode_table_block = 0;
    /// Slots from the first to the last in use, or that ever was where the group tells.
    std::uint32_t used_inodes = 0;
    std::uint64_t first_slot = 0;  ///< used slots of all groups before
  };

  /// Reads superblock and group descriptors anew. `device` stays the caller's and must outlive
  /// this. Fails for what is no such filesystem, or has features that libext2fs does not know.
  [[nodiscard]] static Result<Ext4Volume> open(int device);

  [[nodiscard]] std::uint32_t blockSize() const { return block_size_; }
  [[nodiscard]] std::uint32_t inodeSize() const { return inode_size_; }
  [[nodiscard]] const std::vector<Group>& groups() const { return groups_; }
  /// Slots of the inode tables that have ever been in use: what a pass over them reads.
  [[nodiscard]] std::uint64_t usedSlots() const { return used_slots_; }
  /// Whether there may be names that only the kernel, with a key, can spell.
  [[nodiscard]] bool mayEncryptNames() const { return may_encrypt_names_; }
  /// Whether `inode` is one that a name can have.
  [[nodiscard]] bool isNameable(std::uint32_t inode) const {
    return inode >= first_inode_ && inode <= inodes_count_;
  }
  [[nodiscard]] std::uint32_t groupOf(std::uint32_t inode) const {
    return (inode - 1) / inodes_per_group_;
  }
  [[nodiscard]] std::uint32_t indexInGroup(std::uint32_t inode) const {
    return (inode - 1) % inodes_per_group_;
  }
  [[nodiscard]] std::uint32_t inodeAt(std::uint32_t group, std::uint32_t index) const {
    return group * inodes_per_group_ + index + 1;
  }
  [[nodiscard]] std::uint64_t inodeOffset(std::uint32_t inode) const;

  /// Whether the blocks lie within the filesystem.
  [[nodiscard]] bool contains(std::uint64_t block, std::uint64_t length) const {
    return block >= first_block_ && block < blocks_count_ && length <= blocks_count_ - block;
  }

  /// Fills `buffer` from byte `offset` of the device; 0 or an errno value (EIO at its end).
  [[nodiscard]] int read(std::uint64_t offset, std::span<std::byte> buffer) const;
  /// Whether these bytes are in the page cache. Does no I/O.
  [[nodiscard]] bool isCached(std::uint64_t offset) const;
  /// Asks the kernel to bring these bytes into the page cache.
  void readAhead(std::uint64_t offset, std::uint64_t length) const;

  /// Decodes the inode at `raw` (inodeSize() bytes).
  [[nodiscard]] Ext4Inode decodeInode(std::span<const std::byte> raw) const;

  [[nodiscard]] Ext4Allocation allocation(std::span<const std::byte> raw) const;

  /// Appends the extents of the directory whose inode is at `raw`, in any order; 0 or an errno
  /// value (EUCLEAN: what is there makes no sense). Directories with inline data have none.
  [[nodiscard]] int directoryExtents(std::span<const std::byte> raw,
                                     std::vector<Ext4Extent>& extents) const;
  /// The directory entries that lie in the inode at `raw` itself: pieces that parse like blocks.
  /// Empty for directories without inline data.
  [[nodiscard]] std::vector<std::vector<std::byte>> inlineEntries(
      std::span<const std::byte> raw) const;

 private:
  Ext4Volume() = default;

  void readSuperblock(const struct_ext2_filsys& filesystem);
  /// Returns 0 or an errno value.
  [[nodiscard]] int readGroups(struct_ext2_filsys& filesystem);
  /// Slots of a group up to the last that is in use, where its descriptor does not tell.
  [[nodiscard]] std::uint32_t usedByBitmap(std::uint64_t bitmap_block,
                                           std::uint32_t free_inodes) const;

  /// What has been found of one directory, and how much more there can be: what points at itself
  /// would otherwise have no end.
  struct Finding {
    std::vector<Ext4Extent>& extents;
    std::size_t first;  ///< of `extents` that is this directory's
    std::uint64_t size_blocks;
    std::uint64_t blocks_left;
    std::uint64_t nodes_left;  ///< blocks of the extent tree
  };

  [[nodiscard]] int appendExtentTree(std::span<const std::byte> node, unsigned depth_left,
                                     Finding& finding) const;
  [[nodiscard]] int appendExtentNode(std::uint64_t block, unsigned depth, Finding& finding) const;
  [[nodiscard]] int appendBlockMap(std::span<const std::byte> raw, Finding& finding) const;
  [[nodiscard]] int appendIndirect(std::uint32_t block, unsigned level, Finding& finding) const;
  [[nodiscard]] int appendExtent(std::uint64_t block, std::uint64_t length, Finding& finding) const;
  [[nodiscard]] std::uint64_t sizeInBlocks(std::span<const std::byte> raw) const;

  int device_ = -1;
  std::uint32_t block_size_ = 0;
  std::uint32_t inode_size_ = 0;
  std::uint32_t inodes_per_group_ = 0;
  std::uint32_t inodes_count_ = 0;
  std::uint32_t first_inode_ = 0;
  std::uint64_t first_block_ = 0;
  std::uint64_t blocks_count_ = 0;
  std::uint64_t used_slots_ = 0;
  bool may_encrypt_names_ = false;
  bool has_large_directories_ = false;
  bool has_huge_files_ = false;
  std::vector<Group> groups_;
};

/// Opens the block device with the number `device` for reading; the error says what was tried.
[[nodiscard]] Result<Fd> openExt4Device(dev_t device, const std::string& source);

}  // namespace hardlink
