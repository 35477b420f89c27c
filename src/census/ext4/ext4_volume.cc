#include "census/ext4/ext4_volume.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <mutex>
#include <thread>

#include "filesystem/superblock.h"
#include "model/limits.h"

// Last: from 1.47.1 on it defines a macro called `clamp`, which the standard headers cannot bear.
#include <ext2fs/ext2_fs.h>
#include <ext2fs/ext2fs.h>

namespace hardlink {
namespace {

static_assert(std::endian::native == std::endian::little,
              "ext4 is little-endian on disk, and so is what is read here");

using Bytes = std::span<const std::byte>;

/// The number of type T at `offset` of `bytes`, which must be long enough.
template <class T>
T load(Bytes bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

using RawInode = struct ext2_inode_large;

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

// FNV-1a over what changes with a directory's entries.
std::uint32_t mix(std::uint32_t hash, Bytes bytes) {
  for (std::size_t i = 0; i + 4 <= bytes.size(); i += 4) {
    hash = (hash ^ load<std::uint32_t>(bytes, i)) * 16777619U;
    hash ^= hash >> 15U;
  }
  return hash;
}

/// All of an inode but access time, checksum, and what a directory's entries do not touch.
std::uint32_t fingerprintOf(Bytes raw) {
  std::uint32_t hash = 2166136261U;
  hash = mix(hash, raw.subspan(0, offsetof(RawInode, i_atime)));
  hash = mix(hash, raw.subspan(offsetof(RawInode, i_ctime),
                               offsetof(RawInode, i_faddr) - offsetof(RawInode, i_ctime)));
  if (raw.size() >= offsetof(RawInode, i_atime_extra)) {
    hash = mix(hash,
               raw.subspan(offsetof(RawInode, i_ctime_extra),
                           offsetof(RawInode, i_atime_extra) - offsetof(RawInode, i_ctime_extra)));
  }
  return hash;
}

Ext4Kind kindOf(std::uint16_t mode, std::uint32_t size) {
  switch (mode & LINUX_S_IFMT) {
    case 0:
      return Ext4Kind::unused;
    case LINUX_S_IFREG:
      return Ext4Kind::regular;
    case LINUX_S_IFDIR:
      return Ext4Kind::directory;
    case LINUX_S_IFLNK:
      return size < kLongSymlink ? Ext4Kind::other : Ext4Kind::long_symlink;
    default:
      return Ext4Kind::other;
  }
}

/// The value of the attribute `system.data` that lies in the inode at `raw`, behind its fields.
Bytes inlineDataAttribute(Bytes raw) {
  constexpr std::uint32_t kMagic = 0xEA020000;
  constexpr std::uint8_t kIndexSystem = 7;
  constexpr std::size_t kEntryBytes = 16;
  if (raw.size() <= EXT2_GOOD_OLD_INODE_SIZE) {
    return {};
  }
  const std::size_t start =
      EXT2_GOOD_OLD_INODE_SIZE + load<std::uint16_t>(raw, offsetof(RawInode, i_extra_isize));
  if (start + 4 > raw.size() || load<std::uint32_t>(raw, start) != kMagic) {
    return {};
  }
  const Bytes area = raw.subspan(start + 4);
  for (std::size_t at = 0; at + kEntryBytes <= area.size();) {
    const auto name_length = load<std::uint8_t>(area, at);
    const auto index = load<std::uint8_t>(area, at + 1);
    if (name_length == 0 && index == 0) {
      break;
    }
    const std::size_t offset = load<std::uint16_t>(area, at + 2);
    const std::size_t size = load<std::uint32_t>(area, at + 8);
    const bool is_data = index == kIndexSystem && name_length == 4 &&
                         at + kEntryBytes + 4 <= area.size() &&
                         std::memcmp(area.data() + at + kEntryBytes, "data", 4) == 0;
    if (is_data) {
      const bool inside = offset <= area.size() && size <= area.size() - offset;
      return inside ? area.subspan(offset, size) : Bytes{};
    }
    at += kEntryBytes + ((name_length + 3U) & ~3U);
  }
  return {};
}

}  // namespace

Result<Ext4Volume> Ext4Volume::open(int device) {
  const auto filesystem = openFilesystem(device);
  if (!filesystem) {
    return filesystem.error();
  }
  Ext4Volume volume;
  volume.device_ = device;
  volume.readSuperblock(**filesystem);
  const bool sane = volume.inode_size_ >= EXT2_GOOD_OLD_INODE_SIZE &&
                    volume.inode_size_ <= volume.block_size_ && volume.inodes_per_group_ > 0 &&
                    std::uint64_t{(*filesystem)->group_desc_count} * volume.inodes_per_group_ >=
                        volume.inodes_count_;
  if (!sane) {
    return Error{EUCLEAN, "read the superblock"};
  }
  if (const int error = volume.readGroups(**filesystem); error != 0) {
    return Error{error, "read the descriptors of the block groups"};
  }
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
}

int Ext4Volume::readGroups(struct_ext2_filsys& filesystem) {
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
      return EUCLEAN;
    }
    used_slots_ += entry.used_inodes;
  }
  // Otherwise tables lie over each other, and there is no end to what would have to be kept.
  return used_slots_ <= blocks_count_ * (block_size_ / inode_size_) ? 0 : EUCLEAN;
}

std::uint32_t Ext4Volume::usedByBitmap(std::uint64_t bitmap_block,
                                       std::uint32_t free_inodes) const {
  if (free_inodes == inodes_per_group_) {
    return 0;
  }
  std::vector<std::byte> bitmap(std::min(inodes_per_group_ / 8 + 1, block_size_));
  if (!contains(bitmap_block, 1) || read(bitmap_block * block_size_, bitmap) != 0) {
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

int Ext4Volume::read(std::uint64_t offset, std::span<std::byte> buffer) const {
  while (!buffer.empty()) {
    const ssize_t bytes = retryOnEintr(
        [&] { return pread(device_, buffer.data(), buffer.size(), static_cast<off_t>(offset)); });
    if (bytes <= 0) {
      return bytes < 0 ? errno : EIO;
    }
    buffer = buffer.subspan(static_cast<std::size_t>(bytes));
    offset += static_cast<std::uint64_t>(bytes);
  }
  return 0;
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

Ext4Inode Ext4Volume::decodeInode(Bytes raw) const {
  Ext4Inode inode;
  inode.links = load<std::uint16_t>(raw, offsetof(RawInode, i_links_count));
  if (inode.links == 0) {
    return inode;  // free, or open without a name: no name leads to it
  }
  inode.kind = kindOf(load<std::uint16_t>(raw, offsetof(RawInode, i_mode)),
                      load<std::uint32_t>(raw, offsetof(RawInode, i_size)));
  if (inode.kind == Ext4Kind::directory) {
    const auto flags = load<std::uint32_t>(raw, offsetof(RawInode, i_flags));
    inode.fingerprint = fingerprintOf(raw);
    inode.is_indexed = (flags & EXT2_INDEX_FL) != 0;
    inode.is_encrypted = (flags & EXT4_ENCRYPT_FL) != 0;
  }
  return inode;
}

/// As ext4_isize() and ext4_inode_blocks() in fs/ext4.
Ext4Allocation Ext4Volume::allocation(Bytes raw) const {
  constexpr std::uint64_t kSectorBytes = 512;
  Ext4Allocation allocation;
  allocation.size_bytes = load<std::uint32_t>(raw, offsetof(RawInode, i_size));
  if (LINUX_S_ISREG(load<std::uint16_t>(raw, offsetof(RawInode, i_mode)))) {
    allocation.size_bytes |=
        std::uint64_t{load<std::uint32_t>(raw, offsetof(RawInode, i_size_high))} << 32U;
  }
  std::uint64_t blocks = load<std::uint32_t>(raw, offsetof(RawInode, i_blocks));
  std::uint64_t unit = kSectorBytes;
  if (has_huge_files_) {
    blocks |= std::uint64_t{load<std::uint16_t>(raw, offsetof(RawInode, osd2.linux2.l_i_blocks_hi))}
              << 32U;
    const auto flags = load<std::uint32_t>(raw, offsetof(RawInode, i_flags));
    unit = (flags & EXT4_HUGE_FILE_FL) != 0 ? block_size_ : kSectorBytes;
  }
  allocation.allocated_bytes = blocks * unit;
  return allocation;
}

std::uint64_t Ext4Volume::sizeInBlocks(Bytes raw) const {
  std::uint64_t size = load<std::uint32_t>(raw, offsetof(RawInode, i_size));
  if (has_large_directories_) {  // without, the upper half is another field: ext4_isize()
    size |= std::uint64_t{load<std::uint32_t>(raw, offsetof(RawInode, i_size_high))} << 32U;
  }
  return std::min(blocks_count_, size / block_size_ + (size % block_size_ != 0 ? 1 : 0));
}

int Ext4Volume::directoryExtents(Bytes raw, std::vector<Ext4Extent>& extents) const {
  const auto flags = load<std::uint32_t>(raw, offsetof(RawInode, i_flags));
  if ((flags & EXT4_INLINE_DATA_FL) != 0) {
    return 0;
  }
  constexpr unsigned kMaxDepth = 5;  // EXT4_MAX_EXTENT_DEPTH
  const std::uint64_t size_blocks = sizeInBlocks(raw);
  Finding finding{.extents = extents,
                  .first = extents.size(),
                  .size_blocks = size_blocks,
                  .blocks_left = size_blocks,
                  .nodes_left = size_blocks * kMaxDepth};
  if ((flags & EXT4_EXTENTS_FL) == 0) {
    return appendBlockMap(raw, finding);
  }
  return appendExtentTree(raw.subspan(offsetof(RawInode, i_block), sizeof(RawInode::i_block)),
                          kMaxDepth, finding);
}

int Ext4Volume::appendExtent(std::uint64_t block, std::uint64_t length, Finding& finding) const {
  constexpr std::uint64_t kBlockMask = (std::uint64_t{1} << 48U) - 1;
  if (length == 0 || length > finding.blocks_left || !contains(block, length)) {
    return EUCLEAN;
  }
  finding.blocks_left -= length;
  finding.extents.push_back({.block = block & kBlockMask, .length = length & 0xFFFFU});
  return 0;
}

int Ext4Volume::appendExtentTree(Bytes node, unsigned depth_left, Finding& finding) const {
  // struct ext4_extent_header, ext4_extent, ext4_extent_idx: ext2fs/ext3_extents.h. 12 bytes each.
  constexpr std::size_t kEntryBytes = 12;
  constexpr std::uint16_t kMagic = 0xF30A;
  constexpr std::uint32_t kMaxInitialised = 32768;
  const auto magic = load<std::uint16_t>(node, 0);
  const std::size_t entries = load<std::uint16_t>(node, 2);
  const unsigned depth = load<std::uint16_t>(node, 6);
  if (magic != kMagic || (entries + 1) * kEntryBytes > node.size() || depth > depth_left) {
    return EUCLEAN;
  }
  int error = 0;
  for (std::size_t i = 1; i <= entries && error == 0; ++i) {
    const Bytes entry = node.subspan(i * kEntryBytes, kEntryBytes);
    const std::uint64_t logical = load<std::uint32_t>(entry, 0);
    if (logical >= finding.size_blocks) {
      continue;  // about to be added
    }
    if (depth > 0) {
      const std::uint64_t child =
          load<std::uint32_t>(entry, 4) | std::uint64_t{load<std::uint16_t>(entry, 8)} << 32U;
      error = appendExtentNode(child, depth - 1, finding);
      continue;
    }
    const std::uint64_t length = load<std::uint16_t>(entry, 4);
    const std::uint64_t start =
        load<std::uint32_t>(entry, 8) | std::uint64_t{load<std::uint16_t>(entry, 6)} << 32U;
    error = length > kMaxInitialised
                ? EUCLEAN
                : appendExtent(start, std::min(length, finding.size_blocks - logical), finding);
  }
  return error;
}

int Ext4Volume::appendExtentNode(std::uint64_t block, unsigned depth, Finding& finding) const {
  if (finding.nodes_left == 0 || !contains(block, 1)) {
    return EUCLEAN;
  }
  --finding.nodes_left;
  std::vector<std::byte> node(block_size_);
  if (const int error = read(block * block_size_, node); error != 0) {
    return error;
  }
  return load<std::uint16_t>(node, 6) == depth ? appendExtentTree(node, depth, finding) : EUCLEAN;
}

int Ext4Volume::appendBlockMap(Bytes raw, Finding& finding) const {
  int error = 0;
  for (unsigned i = 0; i < EXT2_N_BLOCKS && finding.blocks_left > 0 && error == 0; ++i) {
    const auto block = load<std::uint32_t>(raw, offsetof(RawInode, i_block) + i * 4U);
    const unsigned level = i < EXT2_NDIR_BLOCKS ? 0 : i - EXT2_NDIR_BLOCKS + 1;
    error = appendIndirect(block, level, finding);
  }
  return error;
}

int Ext4Volume::appendIndirect(std::uint32_t block, unsigned level, Finding& finding) const {
  const std::uint64_t per_block = block_size_ / 4;
  if (block == 0) {  // a hole
    std::uint64_t covered = 1;
    for (unsigned i = 0; i < level; ++i) {
      covered *= per_block;
    }
    finding.blocks_left -= std::min(finding.blocks_left, covered);
    return 0;
  }
  if (level == 0) {
    if (finding.extents.size() > finding.first) {
      Ext4Extent& last = finding.extents.back();
      if (last.block + last.length == block && last.length < 0x7FFF && contains(block, 1)) {
        ++last.length;
        --finding.blocks_left;
        return 0;
      }
    }
    return appendExtent(block, 1, finding);
  }
  std::vector<std::byte> table(block_size_);
  int error = contains(block, 1) ? read(std::uint64_t{block} * block_size_, table) : EUCLEAN;
  for (std::uint64_t i = 0; i < per_block && finding.blocks_left > 0 && error == 0; ++i) {
    error = appendIndirect(load<std::uint32_t>(table, i * 4), level - 1, finding);
  }
  return error;
}

std::vector<std::vector<std::byte>> Ext4Volume::inlineEntries(Bytes raw) const {
  if ((load<std::uint32_t>(raw, offsetof(RawInode, i_flags)) & EXT4_INLINE_DATA_FL) == 0) {
    return {};
  }
  // The first four bytes are the parent's inode number, in place of `.` and `..`.
  const Bytes fields = raw.subspan(offsetof(RawInode, i_block) + 4, sizeof(RawInode::i_block) - 4);
  const Bytes attribute = inlineDataAttribute(raw);
  std::vector<std::vector<std::byte>> pieces;
  pieces.emplace_back(fields.begin(), fields.end());
  if (!attribute.empty()) {
    pieces.emplace_back(attribute.begin(), attribute.end());
  }
  return pieces;
}

Result<Fd> openExt4Device(dev_t device, const std::string& source) {
  Fd fd = openBlockDevice(device, source);
  if (!fd.valid()) {
    return errnoError("open block device " + source);
  }
  return fd;
}

}  // namespace hardlink
