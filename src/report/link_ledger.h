#pragma once

/// Internal to report/: what removing layers does to the margin, exactly. Pure. Not thread-safe.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/counts.h"

namespace hardlink {

/// Numbers something that can be removed: an image, a snapshot.
using Removal = std::uint32_t;

/// Layers that go together: once all of `removals` have been made.
struct LayerBatch {
  std::vector<Removal> removals;      ///< ascending; none if the layers stay whatever is removed
  std::vector<std::uint32_t> layers;  ///< indices into RootCounts::layers, ascending

  bool operator==(const LayerBatch&) const = default;
};

/// The link counts of tracked inodes while removals are made and taken back. With R the layers that
/// remain, n'(i) = n(i) - the names of i in layers that are gone, the margin is
///
///     min over heads P in R, i in P of floor((L - n'(i)) / c_P(i))
///
/// as in docs/design.md. Inodes that differ in nothing but their number are kept as one.
class LinkLedger {
 public:
  /// Names of an inode in a group's layers.
  struct GroupNames {
    std::uint32_t group = 0;
    std::int64_t names = 0;       ///< over all its layers
    std::int64_t head_names = 0;  ///< in one of its heads, at most

    bool operator==(const GroupNames&) const = default;
  };
  struct Inode {
    std::int64_t links = 0;             ///< n'(i), now
    std::vector<GroupNames> in_groups;  ///< ascending by group; at least one

    bool operator==(const Inode&) const = default;
  };

  /// Of `counts.tracked`, regular files count. Each layer belongs to one of `groups`, each removal
  /// is below `removals`, `limit` and any target are at most 2^32.
  LinkLedger(const RootCounts& counts, std::uint64_t limit, std::vector<LayerBatch> groups,
             std::size_t removals);

  /// Leaves only the inodes that have too many links for a margin of `target`: with no other can a
  /// removal make a difference to that.
  void keepInTheWayOf(std::uint64_t target);

  /// `removal` must not have been made; restore() takes it back.
  void remove(Removal removal);
  void restore(Removal removal);

  /// Unset when no head with a tracked inode remains.
  [[nodiscard]] std::optional<std::uint64_t> margin() const;
  /// By how many links inodes exceed what a margin of `target` allows, summed; 0: it is reached.
  [[nodiscard]] std::int64_t excess(std::uint64_t target) const;
  [[nodiscard]] bool reaches(std::uint64_t target) const;
  [[nodiscard]] std::size_t layersGone() const { return layers_gone_; }

  [[nodiscard]] const std::vector<Inode>& inodes() const { return inodes_; }
  [[nodiscard]] const std::vector<LayerBatch>& groups() const { return groups_; }
  [[nodiscard]] bool isGone(std::uint32_t group) const;
  [[nodiscard]] bool isMade(Removal removal) const { return made_[removal]; }
  /// How many of the group's removals are still to be made.
  [[nodiscard]] std::size_t missing(std::uint32_t group) const { return missing_[group]; }
  [[nodiscard]] std::int64_t limit() const { return limit_; }
  /// How many removals there are, made or not.
  [[nodiscard]] std::size_t removals() const { return made_.size(); }

 private:
  struct InodeNames {
    std::uint32_t inode = 0;  // index into inodes_
    std::int64_t names = 0;
  };

  void index();
  void addNames(std::uint32_t group, std::int64_t sign);
  [[nodiscard]] std::int64_t highestNames(std::size_t inode) const;
  [[nodiscard]] std::int64_t excessOf(std::size_t inode, std::uint64_t target) const;

  std::int64_t limit_;
  std::vector<LayerBatch> groups_;
  std::vector<std::vector<std::uint32_t>> groups_of_;  // by removal
  std::vector<std::size_t> missing_;                   // by group
  std::vector<bool> made_;                             // by removal
  std::size_t layers_gone_ = 0;
  std::vector<Inode> inodes_;
  std::vector<std::vector<InodeNames>> inodes_in_;      // by group
  std::vector<std::vector<GroupNames>> by_head_names_;  // by inode; descending
};

}  // namespace hardlink
