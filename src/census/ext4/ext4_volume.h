#pragma once

/// The metadata of a mounted ext2, ext3 or ext4 filesystem, read from its block device. ext4 keeps
/// inode tables and directory blocks in the device's page cache, so buffered reads see a new link
/// at once, and O_DIRECT would not. The filesystem changes meanwhile: all numbers are checked
/// before use.

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

/// The layout of the filesystem at one moment; opened through libext2fs. Reading is safe from any
/// thread.
class Ext4Volume {
 public:
  struct Group {
    std::uint64_t inode_table_block = 0;
    /// Slots up to the last in use, or up to the last ever used if the group's descriptor has that.
    std::uint32_t used_inodes = 0;
    std::uint64_t first_slot = 0;  ///< used slots of all groups before
  };

  /// Reads superblock and group descriptors, as they are now. `device` stays the caller's and must
  /// outlive this. Fails for other filesystems and for features that libext2fs does not know.
  [[nodiscard]] static Result<Ext4Volume> open(int device);

  /// When it was opened, by the clock that gives inodes their times: a directory that changed no
  /// earlier than that may change once more without a difference in its inode.
  [[nodiscard]] std::int64_t openedNs() const { return opened_ns_; }
  /// Fields of the superblock that change when the filesystem is mounted, checked or made again, or
  /// has found an error. While nobody has it mounted for writing, a change by any program shows
  /// too.
  [[nodiscard]] const std::string& mountState() const { return mount_state_; }

  [[nodiscard]] std::uint32_t blockSize() const { return block_size_; }
  [[nodiscard]] std::uint32_t inodeSize() const { return inode_size_; }
  [[nodiscard]] std::uint64_t blocksCount() const { return blocks_count_; }
  [[nodiscard]] const std::vector<Group>& groups() const { return groups_; }
  /// Slots of the inode tables that a pass reads: those ever used.
  [[nodiscard]] std::uint64_t usedSlots() const { return used_slots_; }
  /// Whether there may be encrypted names, which only the kernel can read, with a key.
  [[nodiscard]] bool mayEncryptNames() const { return may_encrypt_names_; }
  [[nodiscard]] bool hasLargeDirectories() const { return has_large_directories_; }
  [[nodiscard]] bool hasHugeFiles() const { return has_huge_files_; }
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

  /// Fills `buffer` from byte `offset` of the device. The Error has an errno value, EIO at its end.
  [[nodiscard]] Result<void> read(std::uint64_t offset, std::span<std::byte> buffer) const;
  /// Whether these bytes are in the page cache. Does no I/O.
  [[nodiscard]] bool isCached(std::uint64_t offset) const;
  /// Asks the kernel to bring these bytes into the page cache.
  void readAhead(std::uint64_t offset, std::uint64_t length) const;

 private:
  Ext4Volume() = default;

  void readSuperblock(const struct_ext2_filsys& filesystem);
  [[nodiscard]] Result<void> readGroups(struct_ext2_filsys& filesystem);
  /// Slots of a group up to the last in use, for a descriptor that does not have that.
  [[nodiscard]] std::uint32_t usedByBitmap(std::uint64_t bitmap_block,
                                           std::uint32_t free_inodes) const;

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
  std::int64_t opened_ns_ = 0;
  std::string mount_state_;
  std::vector<Group> groups_;
};

/// Opens the block device with the number `device` for reading; the error says what was tried.
[[nodiscard]] Result<Fd> openExt4Device(dev_t device, const std::string& source);

}  // namespace hardlink
