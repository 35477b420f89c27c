#include "census/count/inode_table.h"

#include <algorithm>
#include <bit>

namespace hardlink {
namespace {

/// Fibonacci hashing: the high bits are well mixed, also for consecutive inode numbers.
std::uint64_t hashInode(std::uint64_t inode) { return inode * 0x9E3779B97F4A7C15U; }

constexpr std::uint64_t kSectorBytes = 512;

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

std::uint64_t InodeTable::allocatedBytes(Index index) const {
  const Place place = placeOf(index);
  const std::uint32_t sectors = sectors_[place.chunk][place.offset];
  if (sectors != kManySectors) {
    return sectors * kSectorBytes;
  }
  const std::lock_guard lock(mutex_);
  return large_.at(index) * kSectorBytes;
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

InodeTable::Index InodeTable::insert(const Inode& inode) {
  const std::lock_guard lock(mutex_);
  const Index index = size_.load(std::memory_order_relaxed);
  // Two thirds full is when linear probing begins to hurt.
  if (std::uint64_t{index} * 3 >= (std::uint64_t{2} << owned_slots_.back()->bits)) {
    growSlots();
  }
  std::atomic<Index>& slot = slotOf(*owned_slots_.back(), inode.inode);
  if (const Index known = slot.load(std::memory_order_relaxed); known != kNone) {
    return known;
  }
  const auto [chunk, offset] = placeOf(index);
  if (!owned_chunks_[chunk]) {
    const std::size_t size = std::size_t{1} << (chunk + kFirstChunkBits);
    sectors_[chunk] = std::make_unique<std::uint32_t[]>(size);
    owned_chunks_[chunk] = std::make_unique<Record[]>(size);
    chunks_[chunk].store(owned_chunks_[chunk].get(), std::memory_order_release);
  }
  Record& record = owned_chunks_[chunk][offset];
  record.inode = inode.inode;
  record.links =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(inode.links, kMostLinks)) & kMostLinks;
  record.kind = inode.kind;
  const std::uint64_t sectors = inode.allocated_bytes / kSectorBytes;
  sectors_[chunk][offset] =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(sectors, kManySectors));
  if (sectors >= kManySectors) {
    large_[index] = sectors;
  }
  // In this order: an index that is found is always below size().
  size_.store(index + 1, std::memory_order_release);
  slot.store(index, std::memory_order_release);
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
