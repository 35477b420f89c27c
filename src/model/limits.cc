#include "model/limits.h"

namespace hardlink {
namespace {

/// A checksum at the end of a block (struct ext4_dir_entry_tail).
constexpr std::uint64_t kTailBytes = 12;
/// The largest entry: a name of 255 bytes.
constexpr std::uint64_t kLargestEntry = entryBytes(255);

std::uint64_t dividedUp(std::uint64_t value, std::uint64_t by) { return (value + by - 1) / by; }

/// Blocks of a hashed directory, at most. A full leaf is split by the bytes of its entries, so that
/// either half lacks no more than one entry of half a block (do_split() in fs/ext4/namei.c); index
/// blocks are split in halves too; and where no two blocks adjoin, the extents need blocks as well.
std::uint64_t hashedDirectoryBlocks(std::uint64_t entry_bytes, std::uint64_t block) {
  const std::uint64_t full = block - kTailBytes - kLargestEntry;
  const std::uint64_t leaves = dividedUp(entry_bytes, full / 2 - kLargestEntry / 2);
  const std::uint64_t half_an_index = block / 8 / 2 - 8;
  const std::uint64_t nodes = leaves > half_an_index ? dividedUp(leaves, half_an_index) : 0;
  const std::uint64_t blocks = 1 + nodes + leaves;
  constexpr std::uint64_t kExtentsInInode = 4;
  const std::uint64_t extents_in_block = block / 12 - 2;
  return blocks + (blocks > kExtentsInInode ? dividedUp(blocks, extents_in_block) : 0);
}

}  // namespace

bool takesMoreThanOneBlock(const CopyCosts& costs, std::uint64_t entry_bytes) {
  return costs.block_bytes > 0 && entry_bytes * costs.entry_scale + kTailBytes > costs.block_bytes;
}

std::uint64_t directoryBytes(const CopyCosts& costs, std::uint64_t entry_bytes) {
  if (costs.block_bytes == 0) {
    return 0;
  }
  const std::uint64_t blocks =
      takesMoreThanOneBlock(costs, entry_bytes)
          ? hashedDirectoryBlocks(entry_bytes * costs.entry_scale, costs.block_bytes)
          : 1;
  return dividedUp(blocks * costs.block_bytes, costs.cluster_bytes) * costs.cluster_bytes;
}

}  // namespace hardlink
