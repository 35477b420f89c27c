#include "census/inode_table.h"

#include <algorithm>
#include <bit>

namespace hardlink {
namespace {

constexpr unsigned kInitialUnitBits = 12;

/// Three quarters full is when linear probing begins to hurt.
constexpr bool isFull(std::size_t used, std::size_t slots) { return used * 4 >= slots * 3; }

}  // namespace

UnitTable::UnitTable()
    : slots_(std::size_t{1} << kInitialUnitBits), shift_(64 - kInitialUnitBits) {}

void UnitTable::clear() {
  std::fill(slots_.begin(), slots_.end(), Entry{});
  used_ = 0;
}

UnitTable::Entry& UnitTable::entryOf(std::uint64_t inode) {
  if (isFull(used_, slots_.size())) {
    grow();
  }
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hashInode(inode) >> shift_;
  while (slots_[at].inode != 0 && slots_[at].inode != inode) {
    at = (at + 1) & mask;
  }
  if (slots_[at].inode == 0) {
    slots_[at].inode = inode;
    ++used_;
  }
  return slots_[at];
}

void UnitTable::grow() {
  std::vector<Entry> old(slots_.size() * 2);
  old.swap(slots_);
  --shift_;
  used_ = 0;
  for (const Entry& entry : old) {
    if (entry.inode != 0) {
      entryOf(entry.inode) = entry;
    }
  }
}

InodeTable::Entry InodeTable::Slot::value() const {
  return {.inode = inode.load(std::memory_order_relaxed),
          .links = links,
          .names = names,
          .layers = layers,
          .first_unit = first_unit,
          .last_unit = last_unit,
          .regular_file = regular_file};
}

void InodeTable::Slot::copyFrom(const Slot& other) {
  links = other.links;
  names = other.names;
  layers = other.layers;
  first_unit = other.first_unit;
  last_unit = other.last_unit;
  regular_file = other.regular_file;
  inode.store(other.inode.load(std::memory_order_relaxed), std::memory_order_relaxed);
}

InodeTable::Slot& InodeTable::Slots::find(std::uint64_t inode) const {
  const auto bits = static_cast<unsigned>(std::countr_zero(size));
  std::size_t at = (hashInode(inode) << kShardBits) >> (64 - bits);
  for (;;) {
    const std::uint64_t there = entries[at].inode.load(std::memory_order_acquire);
    if (there == 0 || there == inode) {
      return entries[at];
    }
    at = (at + 1) & (size - 1);
  }
}

InodeTable::InodeTable() {
  for (Shard& shard : shards_) {
    shard.owned.push_back(std::make_unique<Slots>(kInitialSlots));
    shard.slots = shard.owned.back().get();
  }
}

InodeTable::~InodeTable() = default;

std::uint32_t InodeTable::links(std::uint64_t inode) const {
  const Shard& shard = shards_[shardOf(inode)];
  const Slot& slot = shard.slots.load(std::memory_order_acquire)->find(inode);
  return slot.inode.load(std::memory_order_acquire) == inode ? slot.links : 0;
}

std::uint32_t InodeTable::insert(std::uint64_t inode, std::uint32_t links, bool regular_file) {
  Shard& shard = shards_[shardOf(inode)];
  const std::lock_guard lock(shard.mutex);
  if (isFull(shard.used, shard.owned.back()->size)) {
    grow(shard);
  }
  Slot& slot = shard.owned.back()->find(inode);
  if (slot.inode.load(std::memory_order_relaxed) == 0) {
    slot.links = links;
    slot.regular_file = regular_file;
    slot.inode.store(inode, std::memory_order_release);
    ++shard.used;
  }
  return slot.links;
}

bool InodeTable::merge(std::uint64_t inode, std::uint32_t names, std::uint32_t unit,
                       bool unit_is_layer) {
  Shard& shard = shards_[shardOf(inode)];
  const std::lock_guard lock(shard.mutex);
  Slot& slot = shard.owned.back()->find(inode);
  slot.names += names;
  slot.layers += unit_is_layer ? 1U : 0U;
  slot.first_unit = std::min(slot.first_unit, unit);
  slot.last_unit = std::max(slot.last_unit, unit);
  return slot.regular_file;
}

void InodeTable::grow(Shard& shard) {
  const Slots& old = *shard.owned.back();
  auto bigger = std::make_unique<Slots>(old.size * 2);
  for (std::size_t i = 0; i < old.size; ++i) {
    const std::uint64_t inode = old.entries[i].inode.load(std::memory_order_relaxed);
    if (inode != 0) {
      bigger->find(inode).copyFrom(old.entries[i]);
    }
  }
  shard.slots.store(bigger.get(), std::memory_order_release);
  shard.owned.push_back(std::move(bigger));
}

}  // namespace hardlink
