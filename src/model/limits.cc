#include "model/limits.h"

namespace hardlink {
namespace {

/// The bytes of a directory block that hold no entries: ext4's checksum (struct
/// ext4_dir_entry_tail), or XFS's header and tail (struct xfs_dir3_data_hdr, xfs_dir2_block_tail).
constexpr std::uint64_t kExtFrame = 12;
constexpr std::uint64_t kXfsFrame = 64 + 8;
/// The largest entry: a name of 255 bytes.
constexpr std::uint64_t kLargestEntry = entryBytes(255);

std::uint64_t dividedUp(std::uint64_t value, std::uint64_t by) { return (value + by - 1) / by; }

/// The fewest bytes of entries in any leaf of a hashed directory. A leaf is split when an entry
/// does not fit: half a block moves, plus or minus half an entry (do_split() in fs/ext4/namei.c).
/// The free rest of the block is less than that entry. It and the frame are missing from the
/// halves.
std::uint64_t leastInLeaf(std::uint64_t block) {
  constexpr std::uint64_t kLacks = kExtFrame + kLargestEntry + kLargestEntry / 2;
  // Only XFS has blocks this small. There only the hashes, a part of the counted bytes, are in
  // blocks that are split in halves.
  constexpr std::uint64_t kSmallest = 64;
  return block / 2 > kLacks + kSmallest ? block / 2 - kLacks : kSmallest;
}

/// The most blocks of a directory that needs more than one: one at the top, leaves, and, if the top
/// is full, nodes between them, which are split in halves too.
std::uint64_t directoryBlocks(std::uint64_t entry_bytes, std::uint64_t block) {
  const std::uint64_t half_a_node = block / 8 / 2 - 8;
  std::uint64_t blocks = 1;
  for (std::uint64_t level = dividedUp(entry_bytes, leastInLeaf(block)); level > 1;
       level = level > half_a_node ? dividedUp(level, half_a_node) : 0) {
    blocks += level;
  }
  return blocks;
}

/// The blocks that map `blocks` blocks, no two of which adjoin. They are filled one after the
/// other.
std::uint64_t mappingBlocks(std::uint64_t blocks, std::uint64_t block) {
  constexpr std::uint64_t kExtentsInInode = 4;
  const std::uint64_t extents_in_block = block / 12 - 2;
  std::uint64_t mapping = 0;
  while (blocks > kExtentsInInode) {
    blocks = dividedUp(blocks, extents_in_block);
    mapping += blocks;
  }
  return mapping;
}

}  // namespace

bool takesMoreThanOneBlock(const CopyCosts& costs, std::uint64_t entry_bytes) {
  const std::uint64_t frame = costs.entry_scale == 1 ? kExtFrame : kXfsFrame;
  return costs.block_bytes > 0 && entry_bytes * costs.entry_scale + frame > costs.block_bytes;
}

std::uint64_t bytesBesideInode(std::string_view filesystem, const CopyCosts& costs,
                               std::uint64_t allocated_bytes) {
  const bool in_blocks = filesystem.starts_with("ext") && costs.block_bytes > 0;
  return allocated_bytes - (in_blocks ? allocated_bytes % costs.block_bytes : 0);
}

std::uint64_t directoryBytes(const CopyCosts& costs, std::uint64_t entry_bytes) {
  if (costs.block_bytes == 0) {
    return 0;
  }
  const std::uint64_t block = costs.block_bytes;
  const std::uint64_t blocks = takesMoreThanOneBlock(costs, entry_bytes)
                                   ? directoryBlocks(entry_bytes * costs.entry_scale, block)
                                   : 1;
  const std::uint64_t clusters =
      dividedUp(blocks * block, costs.cluster_bytes) + mappingBlocks(blocks, block);
  return clusters * costs.cluster_bytes;
}

}  // namespace hardlink
