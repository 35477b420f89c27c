#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "census/count/inode_table.h"

namespace hardlink {

/// The inodes with the most links of those that were offered, of equals those with the lowest
/// numbers. Not thread-safe.
class HottestInodes {
 public:
  explicit HottestInodes(std::size_t most) : most_(most) {}

  void offer(const InodeTable::Record& inode);
  void clear() { heap_.clear(); }
  /// In no order.
  [[nodiscard]] const std::vector<InodeTable::Record>& entries() const { return heap_; }
  /// The hottest first; leaves none here.
  [[nodiscard]] std::vector<InodeTable::Record> take();

 private:
  std::size_t most_;
  std::vector<InodeTable::Record> heap_;  // the coolest one at the front
};

/// Sums over inodes that have one link each. The name by which such an inode is met is its only
/// one, so no later name leads to it: it is counted here, and not kept in InodeTable. Memory
/// follows the inodes that are shared. Not thread-safe.
class SingleLinks {
 public:
  /// Keeps records of `most_hot` inodes at most.
  explicit SingleLinks(std::size_t most_hot = 0) : hottest_(most_hot) {}

  /// Counts an inode that has one link and one name.
  void add(const InodeTable::Inode& inode);
  /// Adds those of the unit number `unit`, which is a layer or not.
  void addUnit(const SingleLinks& of_unit, std::uint32_t unit, bool is_layer);
  void merge(const SingleLinks& other);
  /// Forgets everything that was added.
  void clear();

  [[nodiscard]] std::uint64_t inodes() const;
  [[nodiscard]] std::uint64_t count(InodeTable::Kind kind) const {
    return by_kind_[static_cast<std::size_t>(kind)];
  }
  /// Those whose copies take no space.
  [[nodiscard]] std::uint64_t empty() const {
    return count(InodeTable::Kind::empty_regular) + count(InodeTable::Kind::special);
  }
  /// Those that are no regular files.
  [[nodiscard]] std::uint64_t notRegular() const {
    return count(InodeTable::Kind::symlink) + count(InodeTable::Kind::long_symlink) +
           count(InodeTable::Kind::special);
  }
  [[nodiscard]] std::uint64_t allocatedBytes() const { return bytes_; }
  /// In no order.
  [[nodiscard]] const std::vector<InodeTable::Record>& hottest() const {
    return hottest_.entries();
  }

 private:
  static constexpr std::size_t kKinds = static_cast<std::size_t>(InodeTable::Kind::special) + 1;

  void addSums(const SingleLinks& other);

  std::array<std::uint64_t, kKinds> by_kind_{};
  std::uint64_t bytes_ = 0;
  HottestInodes hottest_;
};

}  // namespace hardlink
