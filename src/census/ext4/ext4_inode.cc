#include "census/ext4/ext4_inode.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <limits>

#include "model/limits.h"

// Last: from 1.47.1 on it defines a macro called `clamp`, which the standard headers cannot bear.
#include <ext2fs/ext2_fs.h>
#include <ext2fs/ext2fs.h>

namespace hardlink {
namespace {

static_assert(std::endian::native == std::endian::little, "see loadNumber()");

using Bytes = std::span<const std::byte>;
using RawInode = struct ext2_inode_large;

// In the manner of FNV-1a, word by word, over what changes with a directory's entries.
std::uint64_t mix(std::uint64_t hash, Bytes bytes) {
  for (std::size_t i = 0; i + 4 <= bytes.size(); i += 4) {
    hash = (hash ^ loadNumber<std::uint32_t>(bytes, i)) * 0x9E3779B97F4A7C15U;
    hash ^= hash >> 32U;
  }
  return hash;
}

/// All of an inode but access time, checksum, and what a directory's entries do not touch.
std::uint64_t fingerprintOf(Bytes raw) {
  std::uint64_t hash = 0xCBF29CE484222325U;
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

/// EXT4_INODE_GET_XTIME() in fs/ext4: 32 bits of seconds, two more with the nanoseconds.
std::int64_t changeTime(Bytes raw) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  constexpr std::int64_t kMostSeconds = std::numeric_limits<std::int64_t>::max() / kSecond - 1;
  std::int64_t seconds = loadNumber<std::int32_t>(raw, offsetof(RawInode, i_ctime));
  std::int64_t nanoseconds = kSecond - 1;
  const std::size_t end = offsetof(RawInode, i_ctime_extra) + sizeof(RawInode::i_ctime_extra);
  const bool has_extra = raw.size() >= end &&
                         EXT2_GOOD_OLD_INODE_SIZE + std::size_t{loadNumber<std::uint16_t>(
                                                        raw, offsetof(RawInode, i_extra_isize))} >=
                             end;
  if (has_extra) {
    const auto extra = loadNumber<std::uint32_t>(raw, offsetof(RawInode, i_ctime_extra));
    seconds += std::int64_t{extra & 3U} << 32U;
    nanoseconds = std::min<std::int64_t>(extra >> 2U, kSecond - 1);
  }
  // The format reaches to the year 2446, nanoseconds to 2262.
  return std::min(seconds, kMostSeconds) * kSecond + nanoseconds;
}

/// ext4_isize() in fs/ext4.
bool isEmpty(Bytes raw) {
  return loadNumber<std::uint32_t>(raw, offsetof(RawInode, i_size)) == 0 &&
         loadNumber<std::uint32_t>(raw, offsetof(RawInode, i_size_high)) == 0;
}

Ext4Kind kindOf(Bytes raw) {
  const auto mode = loadNumber<std::uint16_t>(raw, offsetof(RawInode, i_mode));
  switch (mode & LINUX_S_IFMT) {
    case 0:
      return Ext4Kind::unused;
    case LINUX_S_IFREG:
      return isEmpty(raw) ? Ext4Kind::empty_regular : Ext4Kind::regular;
    case LINUX_S_IFDIR:
      return Ext4Kind::directory;
    case LINUX_S_IFLNK:
      return loadNumber<std::uint32_t>(raw, offsetof(RawInode, i_size)) < kLongSymlink
                 ? Ext4Kind::symlink
                 : Ext4Kind::long_symlink;
    default:
      return Ext4Kind::special;
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
      EXT2_GOOD_OLD_INODE_SIZE + loadNumber<std::uint16_t>(raw, offsetof(RawInode, i_extra_isize));
  if (start + 4 > raw.size() || loadNumber<std::uint32_t>(raw, start) != kMagic) {
    return {};
  }
  const Bytes area = raw.subspan(start + 4);
  for (std::size_t at = 0; at + kEntryBytes <= area.size();) {
    const auto name_length = loadNumber<std::uint8_t>(area, at);
    const auto index = loadNumber<std::uint8_t>(area, at + 1);
    if (name_length == 0 && index == 0) {
      break;
    }
    const std::size_t offset = loadNumber<std::uint16_t>(area, at + 2);
    const std::size_t size = loadNumber<std::uint32_t>(area, at + 8);
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

constexpr unsigned kMaxDepth = 5;  // EXT4_MAX_EXTENT_DEPTH

Error damaged() { return Error{EUCLEAN, "read the blocks of a directory"}; }

std::uint64_t sizeInBlocks(const Ext4Volume& volume, Bytes raw) {
  std::uint64_t size = loadNumber<std::uint32_t>(raw, offsetof(RawInode, i_size));
  if (volume.hasLargeDirectories()) {  // without, the upper half is another field: ext4_isize()
    size |= std::uint64_t{loadNumber<std::uint32_t>(raw, offsetof(RawInode, i_size_high))} << 32U;
  }
  const std::uint64_t block_size = volume.blockSize();
  return std::min(volume.blocksCount(), size / block_size + (size % block_size != 0 ? 1 : 0));
}

/// Finds the blocks of one directory. It counts down how many more there can be: a damaged tree may
/// contain itself and would otherwise have no end.
class ExtentFinder {
 public:
  ExtentFinder(const Ext4Volume& volume, std::uint64_t size_blocks,
               std::vector<Ext4Extent>& extents)
      : volume_(volume),
        size_blocks_(size_blocks),
        blocks_left_(size_blocks),
        nodes_left_(size_blocks * kMaxDepth),
        extents_(extents),
        first_(extents.size()) {}

  /// A node of the extent tree: struct ext4_extent_header, ext4_extent, ext4_extent_idx of
  /// ext2fs/ext3_extents.h, 12 bytes each.
  Result<void> addExtentTree(Bytes node, unsigned depth_left) {
    constexpr std::size_t kEntryBytes = 12;
    constexpr std::uint16_t kMagic = 0xF30A;
    const auto magic = loadNumber<std::uint16_t>(node, 0);
    const std::size_t entries = loadNumber<std::uint16_t>(node, 2);
    const unsigned depth = loadNumber<std::uint16_t>(node, 6);
    if (magic != kMagic || (entries + 1) * kEntryBytes > node.size() || depth > depth_left) {
      return damaged();
    }
    for (std::size_t i = 1; i <= entries; ++i) {
      const Bytes entry = node.subspan(i * kEntryBytes, kEntryBytes);
      if (loadNumber<std::uint32_t>(entry, 0) < size_blocks_) {  // otherwise about to be added
        RETURN_IF_ERROR(depth > 0 ? addChild(entry, depth - 1) : addLeaf(entry));
      }
    }
    return {};
  }

  Result<void> addBlockMap(Bytes raw) {
    for (unsigned i = 0; i < EXT2_N_BLOCKS && blocks_left_ > 0; ++i) {
      const auto block = loadNumber<std::uint32_t>(raw, offsetof(RawInode, i_block) + i * 4U);
      const unsigned level = i < EXT2_NDIR_BLOCKS ? 0 : i - EXT2_NDIR_BLOCKS + 1;
      RETURN_IF_ERROR(addIndirect(block, level));
    }
    return {};
  }

 private:
  Result<void> addLeaf(Bytes entry) {
    constexpr std::uint16_t kMaxInitialised = 32768;
    const std::uint64_t logical = loadNumber<std::uint32_t>(entry, 0);
    const std::uint64_t length = loadNumber<std::uint16_t>(entry, 4);
    const std::uint64_t start = loadNumber<std::uint32_t>(entry, 8) |
                                std::uint64_t{loadNumber<std::uint16_t>(entry, 6)} << 32U;
    if (length > kMaxInitialised) {
      return damaged();
    }
    return addRun(start, std::min(length, size_blocks_ - logical));
  }

  Result<void> addChild(Bytes entry, unsigned depth) {
    const std::uint64_t block = loadNumber<std::uint32_t>(entry, 4) |
                                std::uint64_t{loadNumber<std::uint16_t>(entry, 8)} << 32U;
    if (nodes_left_ == 0) {
      return damaged();
    }
    --nodes_left_;
    ASSIGN_OR_RETURN(const auto node, readBlock(block));
    if (loadNumber<std::uint16_t>(node, 6) != depth) {
      return damaged();
    }
    return addExtentTree(node, depth);
  }

  Result<void> addIndirect(std::uint32_t block, unsigned level) {
    const std::uint64_t per_block = volume_.blockSize() / 4;
    if (block == 0) {  // a hole
      std::uint64_t covered = 1;
      for (unsigned i = 0; i < level; ++i) {
        covered *= per_block;
      }
      blocks_left_ -= std::min(blocks_left_, covered);
      return {};
    }
    if (level == 0) {
      return extendLast(block) ? Result<void>() : addRun(block, 1);
    }
    ASSIGN_OR_RETURN(const auto table, readBlock(block));
    for (std::uint64_t i = 0; i < per_block && blocks_left_ > 0; ++i) {
      RETURN_IF_ERROR(addIndirect(loadNumber<std::uint32_t>(table, i * 4), level - 1));
    }
    return {};
  }

  bool extendLast(std::uint64_t block) {
    constexpr std::uint64_t kLongest = 0x7FFF;
    if (extents_.size() == first_ || !volume_.contains(block, 1)) {
      return false;
    }
    Ext4Extent& last = extents_.back();
    if (last.block + last.length != block || last.length >= kLongest) {
      return false;
    }
    ++last.length;
    --blocks_left_;
    return true;
  }

  Result<void> addRun(std::uint64_t block, std::uint64_t length) {
    constexpr std::uint64_t kBlockMask = (std::uint64_t{1} << 48U) - 1;
    if (length == 0 || length > blocks_left_ || !volume_.contains(block, length)) {
      return damaged();
    }
    blocks_left_ -= length;
    extents_.push_back({.block = block & kBlockMask, .length = length & 0xFFFFU});
    return {};
  }

  Result<std::vector<std::byte>> readBlock(std::uint64_t block) const {
    if (!volume_.contains(block, 1)) {
      return damaged();
    }
    std::vector<std::byte> bytes(volume_.blockSize());
    RETURN_IF_ERROR(volume_.read(block * volume_.blockSize(), bytes));
    return bytes;
  }

  const Ext4Volume& volume_;
  const std::uint64_t size_blocks_;
  std::uint64_t blocks_left_;
  std::uint64_t nodes_left_;  // blocks of the extent tree
  std::vector<Ext4Extent>& extents_;
  const std::size_t first_;  // of extents_ that is this directory's
};

}  // namespace

Ext4Inode decodeInode(Bytes raw) {
  Ext4Inode inode;
  inode.links = loadNumber<std::uint16_t>(raw, offsetof(RawInode, i_links_count));
  if (inode.links == 0) {
    return inode;  // free, or open without a name: no name leads to it
  }
  inode.kind = kindOf(raw);
  if (inode.kind == Ext4Kind::directory) {
    const auto flags = loadNumber<std::uint32_t>(raw, offsetof(RawInode, i_flags));
    inode.fingerprint = fingerprintOf(raw);
    inode.changed_ns = changeTime(raw);
    inode.is_indexed = (flags & EXT2_INDEX_FL) != 0;
    inode.is_encrypted = (flags & EXT4_ENCRYPT_FL) != 0;
  }
  return inode;
}

std::uint32_t allocatedBlocks(const Ext4Volume& volume, Bytes raw) {
  constexpr std::uint32_t kSectorBytes = 512;
  std::uint64_t blocks = loadNumber<std::uint32_t>(raw, offsetof(RawInode, i_blocks));
  std::uint32_t sectors_per_block = volume.blockSize() / kSectorBytes;
  if (volume.hasHugeFiles()) {
    blocks |=
        std::uint64_t{loadNumber<std::uint16_t>(raw, offsetof(RawInode, osd2.linux2.l_i_blocks_hi))}
        << 32U;
    const auto flags = loadNumber<std::uint32_t>(raw, offsetof(RawInode, i_flags));
    sectors_per_block = (flags & EXT4_HUGE_FILE_FL) != 0 ? 1 : sectors_per_block;
  }
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(blocks / sectors_per_block, ~std::uint32_t{0}));
}

std::vector<std::vector<std::byte>> inlineEntries(Bytes raw) {
  if ((loadNumber<std::uint32_t>(raw, offsetof(RawInode, i_flags)) & EXT4_INLINE_DATA_FL) == 0) {
    return {};
  }
  // See inlineParent() for the first four bytes.
  const Bytes fields = raw.subspan(offsetof(RawInode, i_block) + 4, sizeof(RawInode::i_block) - 4);
  const Bytes attribute = inlineDataAttribute(raw);
  std::vector<std::vector<std::byte>> pieces;
  pieces.emplace_back(fields.begin(), fields.end());
  if (!attribute.empty()) {
    pieces.emplace_back(attribute.begin(), attribute.end());
  }
  return pieces;
}

/// The first four bytes are the parent's inode number, instead of `.` and `..`.
std::uint32_t inlineParent(Bytes raw) {
  return loadNumber<std::uint32_t>(raw, offsetof(RawInode, i_block));
}

Result<void> appendExtents(const Ext4Volume& volume, Bytes raw, std::vector<Ext4Extent>& extents) {
  const auto flags = loadNumber<std::uint32_t>(raw, offsetof(RawInode, i_flags));
  if ((flags & EXT4_INLINE_DATA_FL) != 0) {
    return {};
  }
  ExtentFinder finder(volume, sizeInBlocks(volume, raw), extents);
  if ((flags & EXT4_EXTENTS_FL) == 0) {
    return finder.addBlockMap(raw);
  }
  return finder.addExtentTree(raw.subspan(offsetof(RawInode, i_block), sizeof(RawInode::i_block)),
                              kMaxDepth);
}

}  // namespace hardlink
