#include "census/ext4/ext4_volume.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <memory>
#include <mutex>
#include <thread>

#include <fmt/format.h>

#include "base/os/clocks.h"
#include "filesystem/superblock.h"

// Last: from 1.47.1 on it defines a macro called `clamp`, which the standard headers cannot bear.
#include <ext2fs/ext2_fs.h>
#include <ext2fs/ext2fs.h>

namespace hardlink {
namespace {

struct FilesystemCloser {
  void operator()(struct struct_ext2_filsys* filesystem) const {
    (void)ext2fs_close_free(&filesystem);
  }
};
using FilesystemHandle = std::unique_ptr<struct struct_ext2_filsys, FilesystemCloser>;

Error libraryError(errcode_t code, const std::string& context) {
  // Codes of libext2fs are above those of errno.
  if (code > 0 && code < 4096) {
    return Error{static_cast<int>(code), context};
  }
  static std::once_flag known;
  std::call_once(known, [] { initialize_ext2_error_table(); });
  return Error{0, context + ": " + error_message(code)};
}

/// Slots from the first of a group's inode table that have ever been in use, where its descriptor
/// tells.
std::uint32_t describedUse(ext2_filsys filesystem, dgrp_t group) {
  const std::uint32_t all = filesystem->super->s_inodes_per_group;
  if (ext2fs_bg_flags_test(filesystem, group, EXT2_BG_INODE_UNINIT) != 0) {
    return 0;
  }
  return all - std::min(all, ext2fs_bg_itable_unused(filesystem, group));
}

/// Whether the filesystem whose superblock is on `device` lies within it. libext2fs would allocate
/// whatever a superblock says.
bool liesWithin(int device) {
  constexpr off_t kOffset = 1024;  // SUPERBLOCK_OFFSET
  struct ext2_super_block super {};
  const ssize_t bytes = retryOnEintr([&] { return pread(device, &super, sizeof super, kOffset); });
  const off_t end = lseek(device, 0, SEEK_END);
  constexpr unsigned kMostLog = EXT2_MAX_BLOCK_LOG_SIZE - EXT2_MIN_BLOCK_LOG_SIZE;
  return bytes == static_cast<ssize_t>(sizeof super) && end > 0 &&
         super.s_log_block_size <= kMostLog &&
         ext2fs_blocks_count(&super) <=
             static_cast<std::uint64_t>(end) /
                 (std::uint64_t{EXT2_MIN_BLOCK_SIZE} << super.s_log_block_size);
}

/// One attempt; 0 or a code of libext2fs or errno.
errcode_t tryToOpen(int device, FilesystemHandle& filesystem) {
  // libext2fs closes the descriptor it is given, also where it fails.
  const int copy = fcntl(device, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) {
    return errno;
  }
  ext2_filsys opened = nullptr;
  const errcode_t code = ext2fs_open2(std::to_string(copy).c_str(), nullptr,
                                      EXT2_FLAG_64BITS | EXT2_FLAG_SOFTSUPP_FEATURES, 0, 0,
                                      unixfd_io_manager, &opened);
  filesystem.reset(code == 0 ? opened : nullptr);
  return code;
}

/// Whether the page at `offset` is in memory, by mincore(2). A failure is not for this question to
/// report.
bool isResident(int device, std::uint64_t offset) {
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  void* const mapped =
      mmap(nullptr, page, PROT_READ, MAP_SHARED, device, static_cast<off_t>(offset / page * page));
  if (mapped == MAP_FAILED) {
    return true;
  }
  unsigned char residency = 1;
  (void)mincore(mapped, page, &residency);
  (void)munmap(mapped, page);
  return (residency & 1U) != 0;
}

Result<FilesystemHandle> openFilesystem(int device) {
  if (!liesWithin(device)) {
    return Error{EUCLEAN, "read the superblock"};
  }
  // A mounted filesystem changes its superblock field by field and then the checksum, in a few
  // microseconds, or milliseconds where the writer is preempted: a wrong one is read again.
  constexpr int kAttempts = 50;
  constexpr auto kPause = std::chrono::milliseconds(2);
  FilesystemHandle filesystem;
  errcode_t code = tryToOpen(device, filesystem);
  for (int i = 1; i < kAttempts && code == EXT2_ET_SB_CSUM_INVALID; ++i) {
    std::this_thread::sleep_for(kPause);
    code = tryToOpen(device, filesystem);
  }
  if (code != 0) {
    return libraryError(code, "read the superblock");
  }
  return filesystem;
}

std::string mountStateOf(ext2_super_block& super) {
  // A journal in use, or a filesystem that is not clean: the kernel may write to it. Otherwise only
  // programs can, and each stamps it.
  const bool is_written = ext2fs_has_feature_journal_needs_recovery(&super) != 0 ||
                          (super.s_state & EXT2_VALID_FS) == 0;
  const std::string uuid(reinterpret_cast<const char*>(super.s_uuid), sizeof super.s_uuid);
  return fmt::format("{} {} {} {} {} {} {}", uuid, super.s_mkfs_time, super.s_mtime,
                     super.s_mnt_count, super.s_lastcheck, super.s_error_count,
                     is_written ? 0U : super.s_wtime);
}

}  // namespace

Result<Ext4Volume> Ext4Volume::open(int device) {
  const std::int64_t now = os::fileClockNs();
  ASSIGN_OR_RETURN(const FilesystemHandle filesystem, openFilesystem(device));
  Ext4Volume volume;
  volume.device_ = device;
  volume.opened_ns_ = now;
  volume.readSuperblock(*filesystem);
  const bool sane = volume.inode_size_ >= EXT2_GOOD_OLD_INODE_SIZE &&
                    volume.inode_size_ <= volume.block_size_ && volume.inodes_per_group_ > 0 &&
                    std::uint64_t{filesystem->group_desc_count} * volume.inodes_per_group_ >=
                        volume.inodes_count_;
  if (!sane) {
    return Error{EUCLEAN, "read the superblock"};
  }
  RETURN_IF_ERROR(volume.readGroups(*filesystem));
  return volume;
}

void Ext4Volume::readSuperblock(const struct_ext2_filsys& filesystem) {
  struct ext2_super_block* const super = filesystem.super;
  block_size_ = filesystem.blocksize;
  inode_size_ = EXT2_INODE_SIZE(super);
  inodes_per_group_ = super->s_inodes_per_group;
  inodes_count_ = super->s_inodes_count;
  first_inode_ = EXT2_FIRST_INO(super);
  first_block_ = super->s_first_data_block;
  blocks_count_ = ext2fs_blocks_count(super);
  may_encrypt_names_ = ext2fs_has_feature_encrypt(super) != 0;
  has_large_directories_ = ext2fs_has_feature_largedir(super) != 0;
  has_huge_files_ = ext2fs_has_feature_huge_file(super) != 0;
  mount_state_ = mountStateOf(*super);
}

Result<void> Ext4Volume::readGroups(struct_ext2_filsys& filesystem) {
  const Error damaged{EUCLEAN, "read the descriptors of the block groups"};
  const bool described = ext2fs_has_group_desc_csum(&filesystem) != 0;
  groups_.resize(filesystem.group_desc_count);
  for (dgrp_t group = 0; group < filesystem.group_desc_count; ++group) {
    Group& entry = groups_[group];
    entry.inode_table_block = ext2fs_inode_table_loc(&filesystem, group);
    entry.used_inodes = described ? describedUse(&filesystem, group)
                                  : usedByBitmap(ext2fs_inode_bitmap_loc(&filesystem, group),
                                                 ext2fs_bg_free_inodes_count(&filesystem, group));
    entry.first_slot = used_slots_;
    const std::uint64_t bytes = std::uint64_t{entry.used_inodes} * inode_size_;
    if (entry.used_inodes > 0 &&
        !contains(entry.inode_table_block, (bytes + block_size_ - 1) / block_size_)) {
      return damaged;
    }
    used_slots_ += entry.used_inodes;
  }
  // Otherwise tables lie over each other, and there is no end to what would have to be kept.
  const bool fits = used_slots_ <= blocks_count_ * (block_size_ / inode_size_);
  return fits ? Result<void>() : damaged;
}

std::uint32_t Ext4Volume::usedByBitmap(std::uint64_t bitmap_block,
                                       std::uint32_t free_inodes) const {
  if (free_inodes == inodes_per_group_) {
    return 0;
  }
  std::vector<std::byte> bitmap(std::min(inodes_per_group_ / 8 + 1, block_size_));
  if (!contains(bitmap_block, 1) || !read(bitmap_block * block_size_, bitmap)) {
    return inodes_per_group_;
  }
  std::uint32_t used = inodes_per_group_;
  const auto is_free = [&](std::uint32_t slot) {
    return slot / 8 < bitmap.size() &&
           (bitmap[slot / 8] & std::byte{1} << slot % 8) == std::byte{0};
  };
  while (used > 0 && is_free(used - 1)) {
    --used;
  }
  return used;
}

std::uint64_t Ext4Volume::inodeOffset(std::uint32_t inode) const {
  return groups_[groupOf(inode)].inode_table_block * block_size_ +
         std::uint64_t{indexInGroup(inode)} * inode_size_;
}

Result<void> Ext4Volume::read(std::uint64_t offset, std::span<std::byte> buffer) const {
  while (!buffer.empty()) {
    const ssize_t bytes = retryOnEintr(
        [&] { return pread(device_, buffer.data(), buffer.size(), static_cast<off_t>(offset)); });
    if (bytes <= 0) {
      return bytes < 0 ? errnoError("read the device") : Error{EIO, "read past the device's end"};
    }
    buffer = buffer.subspan(static_cast<std::size_t>(bytes));
    offset += static_cast<std::uint64_t>(bytes);
  }
  return {};
}

bool Ext4Volume::isCached(std::uint64_t offset) const {
  std::array<std::byte, 1> byte;
  iovec piece{byte.data(), byte.size()};
  if (preadv2(device_, &piece, 1, static_cast<off_t>(offset), RWF_NOWAIT) == 1) {
    return true;
  }
  // Before Linux 4.14, and in a container that does not know preadv2, there is another way to ask.
  const bool is_unknown = errno == ENOSYS || errno == EOPNOTSUPP || errno == EPERM;
  return is_unknown ? isResident(device_, offset) : errno != EAGAIN;
}

void Ext4Volume::readAhead(std::uint64_t offset, std::uint64_t length) const {
  (void)readahead(device_, static_cast<off_t>(offset), length);
}

Result<Fd> openExt4Device(dev_t device, const std::string& source) {
  Fd fd = openBlockDevice(device, source);
  if (!fd.valid()) {
    return errnoError("open block device " + source);
  }
  return fd;
}

}  // namespace hardlink
