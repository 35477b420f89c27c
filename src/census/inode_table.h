#pragma once

/// Hash tables keyed by inode number. An inode number of 0 is no inode (getdents64 of some network
/// filesystems); callers keep it out.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace hardlink {

/// Fibonacci hashing: the high bits are well mixed, also for consecutive inode numbers. Both tables
/// take their slot from the high bits, so that walking one in slot order touches the other in
/// order.
[[nodiscard]] inline std::uint64_t hashInode(std::uint64_t inode) {
  return inode * 0x9E3779B97F4A7C15U;
}

/// The names of each inode within one unit of work (a layer). Not thread-safe; kept and cleared
/// from unit to unit, so that its memory is that of the largest.
class UnitTable {
 public:
  struct Entry {
    std::uint64_t inode = 0;  ///< 0: the slot is free
    std::uint32_t names = 0;
    std::uint32_t links = 0;  ///< 0: not known yet
  };

  UnitTable();
  void clear();
  /// The entry of `inode`, made if it is new. Valid until the next call.
  [[nodiscard]] Entry& entryOf(std::uint64_t inode);
  /// Calls `visit(const Entry&)` for every inode, in the order of hashInode().
  template <class Visit>
  void forEach(Visit visit) const {
    for (const Entry& entry : slots_) {
      if (entry.inode != 0) {
        visit(entry);
      }
    }
  }

 private:
  void grow();

  std::vector<Entry> slots_;
  unsigned shift_;  ///< 64 - log2(slots)
  std::size_t used_ = 0;
};

/// Every distinct inode of a census, shared by its threads.
///
/// links() takes no lock: it is asked once per inode and unit, millions of times, almost always
/// about an inode that is known. Everything else locks one of kShards parts. A table that has grown
/// keeps its predecessor until the census ends, since a reader may still be in it.
class InodeTable {
 public:
  struct Entry {
    std::uint64_t inode = 0;
    std::uint32_t links = 0;
    std::uint32_t names = 0;
    std::uint32_t layers = 0;      ///< layers that hold a name of it
    std::uint32_t first_unit = 0;  ///< lowest and highest number of the units that hold one
    std::uint32_t last_unit = 0;
    bool regular_file = false;
  };

  InodeTable();
  ~InodeTable();
  InodeTable(const InodeTable&) = delete;
  InodeTable& operator=(const InodeTable&) = delete;

  /// The link count of a known inode, or 0. Any thread.
  [[nodiscard]] std::uint32_t links(std::uint64_t inode) const;
  /// Makes `inode` known, unless it already is. `links` is at least 1. Any thread.
  /// Returns the link count that is kept: whichever came first.
  std::uint32_t insert(std::uint64_t inode, std::uint32_t links, bool regular_file);
  /// Adds what one unit found of the known inode `inode`; returns whether it is a regular file.
  /// Any thread.
  bool merge(std::uint64_t inode, std::uint32_t names, std::uint32_t unit, bool unit_is_layer);

  /// Calls `visit(const Entry&)` for every inode. Only while no other thread uses the table.
  template <class Visit>
  void forEach(Visit visit) const {
    for (const Shard& shard : shards_) {
      const Slots& slots = *shard.slots.load(std::memory_order_acquire);
      for (std::size_t i = 0; i < slots.size; ++i) {
        if (slots.entries[i].inode.load(std::memory_order_relaxed) != 0) {
          visit(slots.entries[i].value());
        }
      }
    }
  }

 private:
  struct Slot {
    std::atomic<std::uint64_t> inode{0};  // released last: links and regular_file never change then
    std::uint32_t links = 0;
    std::uint32_t names = 0;
    std::uint32_t layers = 0;
    std::uint32_t first_unit = ~std::uint32_t{0};
    std::uint32_t last_unit = 0;
    bool regular_file = false;

    [[nodiscard]] Entry value() const;
    void copyFrom(const Slot& other);
  };
  struct Slots {
    explicit Slots(std::size_t count) : size(count), entries(std::make_unique<Slot[]>(count)) {}
    [[nodiscard]] Slot& find(std::uint64_t inode) const;

    std::size_t size;
    std::unique_ptr<Slot[]> entries;
  };
  struct Shard {
    std::mutex mutex;
    std::atomic<Slots*> slots{nullptr};
    std::vector<std::unique_ptr<Slots>> owned;  // the last is the current one
    std::size_t used = 0;
  };

  static constexpr unsigned kShardBits = 6;
  static constexpr std::size_t kShards = std::size_t{1} << kShardBits;
  static constexpr std::size_t kInitialSlots = 64;

  [[nodiscard]] static std::size_t shardOf(std::uint64_t inode) {
    return hashInode(inode) >> (64 - kShardBits);
  }
  static void grow(Shard& shard);

  std::array<Shard, kShards> shards_;
};

}  // namespace hardlink
