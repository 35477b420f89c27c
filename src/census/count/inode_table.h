#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

namespace hardlink {

/// The inodes of a census that can have several names, and those that are asked for by number;
/// shared by its threads. Inodes are numbered from 0 as they come to be known, and those numbers
/// (*indices*) never change.
///
/// find() takes no lock: it is asked once per name, millions of times, almost always about an inode
/// that is known. It first looks at the index that the caller guesses: a tree of hard-linked copies
/// shows the same inodes in the same order again and again, so the one after the last is mostly
/// right, and the walk through the table is as sequential as the one through the tree.
///
/// Memory: 36 bytes per inode, and 8 to 16 for the hash table, which keeps its smaller predecessors
/// until the census ends, since a reader may still be in one.
class InodeTable {
 public:
  using Index = std::uint32_t;
  static constexpr Index kNone = ~Index{0};
  /// XFS allows four times as many, but the names of one such inode fill more than 8 GB of
  /// directories.
  static constexpr std::uint32_t kMostLinks = (std::uint32_t{1} << 29) - 1;

  /// What of an inode's type matters to a copy.
  enum class Kind : std::uint8_t {
    regular,
    empty_regular,
    symlink,
    long_symlink,  ///< one that takes a block too (kLongSymlink)
    special,       ///< a FIFO, socket or device, which are empty
  };
  [[nodiscard]] static constexpr bool isRegular(Kind kind) {
    return kind == Kind::regular || kind == Kind::empty_regular;
  }
  /// What is known of an inode when it is met.
  struct Inode {
    std::uint64_t inode = 0;
    std::uint64_t links = 0;
    Kind kind = Kind::regular;
    std::uint64_t allocated_bytes = 0;  ///< a multiple of 512; a remainder is dropped
  };

  struct alignas(32) Record {  // so that none lies in two cache lines
    std::uint64_t inode = 0;
    std::uint32_t links : 29 = 0;  ///< kMostLinks at most
    Kind kind : 3 = Kind::regular;
    std::uint32_t names = 0;
    std::uint32_t head_names = 0;                  ///< those in heads (model/farm.h)
    std::uint32_t layers = 0;                      ///< layers that hold a name of it
    std::uint32_t first_unit = ~std::uint32_t{0};  ///< lowest and highest number of the units
    std::uint32_t last_unit = 0;                   ///< that hold one

    [[nodiscard]] bool isRegular() const { return InodeTable::isRegular(kind); }
    [[nodiscard]] bool isEmpty() const {
      return kind == Kind::empty_regular || kind == Kind::special;
    }
  };
  static_assert(sizeof(Record) == 32);

  InodeTable();
  ~InodeTable();
  InodeTable(const InodeTable&) = delete;
  InodeTable& operator=(const InodeTable&) = delete;

  /// The index of `inode`, or kNone if it is not known; `guess` may be any number. Any thread.
  [[nodiscard]] Index find(std::uint64_t inode, Index guess) const {
    if (guess < size_.load(std::memory_order_acquire) && at(guess).inode == inode) {
      return guess;
    }
    return findByHash(inode);
  }

  /// Makes `inode` known, unless it already is: what came first stays. Any thread.
  [[nodiscard]] Index insert(const Inode& inode);

  /// The record of a known inode. Its inode, links and kind never change; the rest is only to be
  /// read within update() or when no other thread uses the table any more.
  [[nodiscard]] const Record& record(Index index) const { return at(index); }
  /// What a known inode takes; never changes. Any thread.
  [[nodiscard]] std::uint64_t allocatedBytes(Index index) const;
  [[nodiscard]] Index size() const { return size_.load(std::memory_order_acquire); }

  /// Calls `change(Index, Record&)` for each of `indices`, with no other update() under way. Any
  /// thread.
  template <class Change>
  void update(std::span<const Index> indices, Change change) {
    const std::lock_guard lock(mutex_);
    for (const Index index : indices) {
      change(index, at(index));
    }
  }

 private:
  /// Open addressing with linear probing; a free slot holds kNone.
  struct Slots {
    explicit Slots(unsigned size_bits);

    unsigned bits;
    std::unique_ptr<std::atomic<Index>[]> indices;
  };

  /// Where an inode's record is.
  struct Place {
    std::size_t chunk;
    std::size_t offset;
  };
  static constexpr std::uint32_t kManySectors = ~std::uint32_t{0};  // see large_

  // Records lie in chunks of doubling size, which never move.
  static constexpr unsigned kFirstChunkBits = 12;
  static constexpr std::size_t kChunks = 32 - kFirstChunkBits + 1;
  static constexpr unsigned kFirstSlotBits = 13;

  // These two are here to be inlined: they are called for every name.
  [[nodiscard]] static Place placeOf(Index index) {
    // Chunk k begins at (2^k - 1) * 2^kFirstChunkBits.
    const std::uint64_t shifted = index + (std::uint64_t{1} << kFirstChunkBits);
    const auto top_bit = static_cast<unsigned>(std::bit_width(shifted)) - 1;
    return {top_bit - kFirstChunkBits, shifted - (std::uint64_t{1} << top_bit)};
  }
  [[nodiscard]] Record& at(Index index) const {
    const Place place = placeOf(index);
    return chunks_[place.chunk].load(std::memory_order_acquire)[place.offset];
  }
  [[nodiscard]] Index findByHash(std::uint64_t inode) const;
  /// The slot that holds `inode`, or the free one where it belongs.
  [[nodiscard]] std::atomic<Index>& slotOf(const Slots& slots, std::uint64_t inode) const;
  void growSlots();

  mutable std::mutex mutex_;  // serialises insert() and update(), and guards large_
  std::array<std::atomic<Record*>, kChunks> chunks_{};
  std::array<std::unique_ptr<Record[]>, kChunks> owned_chunks_;
  // Allocated sectors of 512 bytes, in chunks like the records; kManySectors: as in large_. Apart
  // from the records, because hardly any of them is read twice.
  std::array<std::unique_ptr<std::uint32_t[]>, kChunks> sectors_;
  std::unordered_map<Index, std::uint64_t> large_;  // sectors of inodes of 2 TiB and more
  std::atomic<Index> size_{0};
  std::atomic<const Slots*> slots_{nullptr};
  std::vector<std::unique_ptr<Slots>> owned_slots_;  // the last is the current one
};

}  // namespace hardlink
