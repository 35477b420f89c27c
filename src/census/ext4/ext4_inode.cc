#include "census/ext4/ext4_inode.h"

#include <bit>
#include <cstring>

#include "model/limits.h"

// Last: from 1.47.1 on it defines a macro called `clamp`, which the standard headers cannot bear.
#include <ext2fs/ext2_fs.h>
#include <ext2fs/ext2fs.h>

namespace hardlink {
namespace {

static_assert(std::endian::native == std::endian::little, "see loadNumber()");

using Bytes = std::span<const std::byte>;
using RawInode = struct ext2_inode_large;

// FNV-1a over what changes with a directory's entries.
std::uint32_t mix(std::uint32_t hash, Bytes bytes) {
  for (std::size_t i = 0; i + 4 <= bytes.size(); i += 4) {
    hash = (hash ^ loadNumber<std::uint32_t>(bytes, i)) * 16777619U;
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

}  // namespace

Ext4Inode decodeInode(Bytes raw) {
  Ext4Inode inode;
  inode.links = loadNumber<std::uint16_t>(raw, offsetof(RawInode, i_links_count));
  if (inode.links == 0) {
    return inode;  // free, or open without a name: no name leads to it
  }
  inode.kind = kindOf(loadNumber<std::uint16_t>(raw, offsetof(RawInode, i_mode)),
                      loadNumber<std::uint32_t>(raw, offsetof(RawInode, i_size)));
  if (inode.kind == Ext4Kind::directory) {
    const auto flags = loadNumber<std::uint32_t>(raw, offsetof(RawInode, i_flags));
    inode.fingerprint = fingerprintOf(raw);
    inode.is_indexed = (flags & EXT2_INDEX_FL) != 0;
    inode.is_encrypted = (flags & EXT4_ENCRYPT_FL) != 0;
  }
  return inode;
}

Ext4Allocation allocationOf(const Ext4Volume& volume, Bytes raw) {
  constexpr std::uint64_t kSectorBytes = 512;
  Ext4Allocation allocation;
  allocation.size_bytes = loadNumber<std::uint32_t>(raw, offsetof(RawInode, i_size));
  if (LINUX_S_ISREG(loadNumber<std::uint16_t>(raw, offsetof(RawInode, i_mode)))) {
    allocation.size_bytes |=
        std::uint64_t{loadNumber<std::uint32_t>(raw, offsetof(RawInode, i_size_high))} << 32U;
  }
  std::uint64_t blocks = loadNumber<std::uint32_t>(raw, offsetof(RawInode, i_blocks));
  std::uint64_t unit = kSectorBytes;
  if (volume.hasHugeFiles()) {
    blocks |=
        std::uint64_t{loadNumber<std::uint16_t>(raw, offsetof(RawInode, osd2.linux2.l_i_blocks_hi))}
        << 32U;
    const auto flags = loadNumber<std::uint32_t>(raw, offsetof(RawInode, i_flags));
    unit = (flags & EXT4_HUGE_FILE_FL) != 0 ? volume.blockSize() : kSectorBytes;
  }
  allocation.allocated_bytes = blocks * unit;
  return allocation;
}

std::vector<std::vector<std::byte>> inlineEntries(Bytes raw) {
  if ((loadNumber<std::uint32_t>(raw, offsetof(RawInode, i_flags)) & EXT4_INLINE_DATA_FL) == 0) {
    return {};
  }
  // The first four bytes are the parent's inode number, instead of `.` and `..`.
  const Bytes fields = raw.subspan(offsetof(RawInode, i_block) + 4, sizeof(RawInode::i_block) - 4);
  const Bytes attribute = inlineDataAttribute(raw);
  std::vector<std::vector<std::byte>> pieces;
  pieces.emplace_back(fields.begin(), fields.end());
  if (!attribute.empty()) {
    pieces.emplace_back(attribute.begin(), attribute.end());
  }
  return pieces;
}

}  // namespace hardlink
