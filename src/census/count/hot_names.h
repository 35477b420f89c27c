#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>

#include "census/count/inode_table.h"

namespace hardlink {

/// A name of an inode, in the directory with the inode number `directory`.
struct InodeName {
  std::uint64_t directory = 0;
  std::string name{};
  std::string path{};  ///< below the root; empty if UnitReader::directoryPath() has to be asked

  [[nodiscard]] bool isKnown() const { return !name.empty(); }
};

/// Of the names that an inode has in a unit, the first and the last by (directory, name): an order
/// that an engine knows without a path.
struct NameRange {
  InodeName first;
  InodeName last;

  /// `make_path` is called only for a name that is kept.
  template <class MakePath>
  void offer(std::uint64_t directory, std::string_view name, const MakePath& make_path) {
    const auto key = std::tie(directory, name);
    if (!first.isKnown() || key < keyOf(first)) {
      first = {directory, std::string(name), make_path()};
    }
    if (!last.isKnown() || key > keyOf(last)) {
      last = {directory, std::string(name), make_path()};
    }
  }
  void merge(const NameRange& other);

 private:
  static std::tuple<const std::uint64_t&, std::string_view> keyOf(const InodeName& name) {
    return {name.directory, name.name};
  }
};
using NameRanges = std::unordered_map<std::uint64_t, NameRange>;  // by inode

/// Names of the hottest inodes, found while units are counted: nothing has to be read again.
///
/// An inode's rank never changes, and inodes only come to be known. So an inode that is one of the
/// hottest at the end of a census has been one since it was known, and no name of it is missed.
/// Names of inodes that are overtaken are forgotten. Any thread.
class HotNames {
 public:
  /// An inode's place in the order of hottestInodes().
  struct Rank {
    std::uint32_t links = 0;
    std::uint64_t inode = ~std::uint64_t{0};

    [[nodiscard]] bool isHotterThan(const Rank& other) const {
      return links != other.links ? links > other.links : inode < other.inode;
    }
    bool operator<(const Rank& other) const { return isHotterThan(other); }
  };
  /// The lowest rank that an inode among the hottest has: that of no inode while there are too few.
  using Coolest = Rank;
  /// The names of an inode in the first and in the last unit that hold it.
  struct OfInode {
    std::uint32_t first_unit = ~std::uint32_t{0};
    std::uint32_t last_unit = 0;
    NameRange first;
    NameRange last;
  };

  /// Keeps names of the `most` hottest inodes.
  explicit HotNames(std::size_t most) : most_(most) {}

  /// Makes an inode known, unless it already is. Returns whether it is one of the hottest so far,
  /// and in `coolest` the lowest rank of those.
  [[nodiscard]] bool offer(const Rank& rank, Coolest& coolest);
  /// Adds names in unit number `unit`; returns the lowest rank of the hottest.
  [[nodiscard]] Coolest addUnit(std::uint32_t unit, const NameRanges& names);

  /// The names of an inode; nothing if none are known. To be asked when all units are done.
  [[nodiscard]] const OfInode* find(std::uint64_t inode) const;

 private:
  [[nodiscard]] Coolest coolest() const;

  const std::size_t most_;
  std::mutex mutex_;  // guards what follows while there are threads
  std::set<Rank> hottest_;
  std::map<std::uint64_t, OfInode> names_;  // of each in hottest_, by inode
};

}  // namespace hardlink
