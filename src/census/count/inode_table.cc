#include "census/count/inode_table.h"

#include <algorithm>
#include <bit>

namespace hardlink {
namespace {

/// Fibonacci hashing: the high bits are well mixed, also for consecutive inode numbers.
std::uint64_t hashInode(std::uint64_t inode) { return inode * 0x9E3779B97F4A7C15U; }

}  // namespace

InodeTable::Slots::Slots(unsigned size_bits)
    : bits(size_bits),
      indices(std::make_unique<std::atomic<Index>[]>(std::size_t{1} << size_bits)) {
  for (std::size_t i = 0; i < std::size_t{1} << size_bits; ++i) {
    indices[i].store(kNone, std::memory_order_relaxed);
  }
}

InodeTable::InodeTable() {
  owned_slots_.push_back(std::make_unique<Slots>(kFirstSlotBits));
  slots_ = owned_slots_.back().get();
}

InodeTable::~InodeTable() = default;

InodeTable::Record& InodeTable::at(Index index) const {
  // Chunk k begins at (2^k - 1) * 2^kFirstChunkBits.
  constexpr std::uint64_t kFirstChunk = std::uint64_t{1} << kFirstChunkBits;
  const std::uint64_t shifted = index + kFirstChunk;
  const auto top_bit = static_cast<unsigned>(std::bit_width(shifted)) - 1;
  const std::size_t chunk = top_bit - kFirstChunkBits;
  return chunks_[chunk].load(std::memory_order_acquire)[shifted - (std::uint64_t{1} << top_bit)];
}

std::atomic<InodeTable::Index>& InodeTable::slotOf(const Slots& slots, std::uint64_t inode) const {
  const std::size_t mask = (std::size_t{1} << slots.bits) - 1;
  std::size_t position = hashInode(inode) >> (64 - slots.bits);
  for (;;) {
    std::atomic<Index>& slot = slots.indices[position];
    const Index index = slot.load(std::memory_order_acquire);
    if (index == kNone || at(index).inode == inode) {
      return slot;
    }
    position = (position + 1) & mask;
  }
}

InodeTable::Index InodeTable::findByHash(std::uint64_t inode) const {
  const Slots& slots = *slots_.load(std::memory_order_acquire);
  const Index index = slotOf(slots, inode).load(std::memory_order_acquire);
  // A slot that slotOf() saw free may by now have been taken for another inode.
  return index != kNone && at(index).inode == inode ? index : kNone;
}

InodeTable::Index InodeTable::insert(std::uint64_t inode, std::uint32_t links, Kind kind) {
  const std::lock_guard lock(mutex_);
  const Index index = size_.load(std::memory_order_relaxed);
  // Two thirds full is when linear probing begins to hurt.
  if (std::uint64_t{index} * 3 >= (std::uint64_t{2} << owned_slots_.back()->bits)) {
    growSlots();
  }
  std::atomic<Index>& slot = slotOf(*owned_slots_.back(), inode);
  if (const Index known = slot.load(std::memory_order_relaxed); known != kNone) {
    return known;
  }
  const auto top_bit =
      static_cast<unsigned>(std::bit_width(index + (std::uint64_t{1} << kFirstChunkBits)) - 1);
  const std::size_t chunk = top_bit - kFirstChunkBits;
  if (!owned_chunks_[chunk]) {
    owned_chunks_[chunk] = std::make_unique<Record[]>(std::size_t{1} << top_bit);
    chunks_[chunk].store(owned_chunks_[chunk].get(), std::memory_order_release);
  }
  Record& record = at(index);
  record.inode = inode;
  record.links = std::min(links, kMostLinks) & kMostLinks;
  record.regular_file = kind == Kind::regular ? 1U : 0U;
  record.long_symlink = kind == Kind::long_symlink ? 1U : 0U;
  slot.store(index, std::memory_order_release);
  size_.store(index + 1, std::memory_order_release);
  return index;
}

void InodeTable::growSlots() {
  auto bigger = std::make_unique<Slots>(owned_slots_.back()->bits + 1);
  for (Index index = 0; index < size_.load(std::memory_order_relaxed); ++index) {
    slotOf(*bigger, at(index).inode).store(index, std::memory_order_relaxed);
  }
  // Owned before anybody can see it: making room may fail.
  owned_slots_.push_back(std::move(bigger));
  slots_.store(owned_slots_.back().get(), std::memory_order_release);
}

}  // namespace hardlink
