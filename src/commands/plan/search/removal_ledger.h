#pragma once

/// What removing layers does to the margin, exactly. Pure. Not thread-safe.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "model/counts.h"
#include "model/limits.h"
#include "model/margin.h"
#include "report/limits.h"

namespace hardlink {

/// Numbers something that can be removed: an image, a snapshot.
using Removal = std::uint32_t;

/// Layers that go together: once all of `removals` have been made.
struct LayerBatch {
  std::vector<Removal> removals;      ///< ascending; none if the layers stay whatever is removed
  std::vector<std::uint32_t> layers;  ///< indices into RootCounts::layers, ascending

  bool operator==(const LayerBatch&) const = default;
};

/// What is used of each limit while removals are made and taken back. With R the layers that
/// remain, n'(i) = n(i) - the names of i in layers that are gone, the margin by links is
///
///     min over heads P in R, i in P of floor((L - n'(i)) / c_P(i))
///
/// as in docs/design.md. The other limits have the same form: what is used, what a layer gives back
/// when it goes, what a copy of a head takes. So each inode is a *stock*, and so are the inodes of
/// the filesystem, its space, and the subdirectories of a directory. Inodes that differ in nothing
/// but their number are kept as one.
class RemovalLedger {
 public:
  /// What a group's layers have of a stock: names of an inode.
  struct GroupShare {
    std::uint32_t group = 0;
    std::int64_t freed = 0;  ///< by all its layers, when they go
    std::int64_t taken = 0;  ///< for good by a copy of one of its heads, at most

    bool operator==(const GroupShare&) const = default;
  };
  struct Stock {
    Limit limit = Limit::links;
    std::int64_t used = 0;              ///< n'(i), now
    std::int64_t of = 0;                ///< L
    Take beside{};                      ///< what copies take for a while; Take::each is not used
    std::int64_t unit = 1;              ///< an excess is counted in these, rounded up
    std::vector<GroupShare> in_groups;  ///< ascending by group; at least one

    /// What it would lack if `copies` were made that take `taken` each.
    [[nodiscard]] std::int64_t lacks(std::int64_t copies, std::int64_t taken) const;
    bool operator==(const Stock&) const = default;
  };

  /// Of `counts.tracked`, regular files count. Each layer belongs to one of `groups`, each removal
  /// is below `removals`, `limit` and any target are at most 2^32. `stocks`: of the other limits.
  /// Without a `limit` no margin is known, and there are no stocks.
  RemovalLedger(const RootCounts& counts, std::optional<std::uint64_t> limit,
                std::vector<LayerBatch> groups, std::size_t removals,
                const std::vector<LayerStock>& stocks = {});

  /// A ledger of what removals free of counts.bytes_of_layers. Its only stock is in sectors of 512
  /// bytes; it reaches the target 1 once `wanted_bytes` are free. `groups` as above.
  [[nodiscard]] static RemovalLedger ofBytes(const RootCounts& counts,
                                             const std::vector<LayerBatch>& groups,
                                             std::size_t removals, std::uint64_t wanted_bytes);
  /// What the removals that have been made free, of such a ledger.
  [[nodiscard]] std::uint64_t bytesFreed() const;

  /// Leaves only the stocks that are not enough for a margin of `target`: with no other can a
  /// removal make a difference to that.
  void keepInTheWayOf(std::uint64_t target);

  /// `removal` must not have been made; restore() takes it back.
  void remove(Removal removal);
  void restore(Removal removal);

  /// What ends first, and after how many more layers.
  struct End {
    Limit limit = Limit::links;
    std::uint64_t margin = 0;
  };
  /// Unset when no head that takes of any stock remains.
  [[nodiscard]] std::optional<End> end() const;
  [[nodiscard]] std::optional<std::uint64_t> margin() const;
  /// What stocks lack for a margin of `target`, in their units, summed; 0: it is reached.
  [[nodiscard]] std::int64_t excess(std::uint64_t target) const;
  [[nodiscard]] bool reaches(std::uint64_t target) const;
  [[nodiscard]] std::size_t layersGone() const { return layers_gone_; }

  [[nodiscard]] const std::vector<Stock>& stocks() const { return stocks_; }
  [[nodiscard]] const std::vector<LayerBatch>& groups() const { return groups_; }
  [[nodiscard]] bool isGone(std::uint32_t group) const;
  [[nodiscard]] bool isMade(Removal removal) const { return made_[removal]; }
  /// How many of the group's removals are still to be made.
  [[nodiscard]] std::size_t missing(std::uint32_t group) const { return missing_[group]; }
  /// How many removals there are, made or not.
  [[nodiscard]] std::size_t removals() const { return made_.size(); }

 private:
  struct StockShare {
    std::uint32_t stock = 0;  // index into stocks_
    std::int64_t freed = 0;
  };

  RemovalLedger(std::vector<LayerBatch> groups, std::size_t removals);

  void index();
  void addShares(std::uint32_t group, std::int64_t sign);
  [[nodiscard]] std::int64_t mostTaken(std::size_t stock) const;
  [[nodiscard]] std::int64_t excessOf(std::size_t stock, std::uint64_t target) const;

  std::vector<LayerBatch> groups_;
  std::vector<std::vector<std::uint32_t>> groups_of_;  // by removal
  std::vector<std::size_t> missing_;                   // by group
  std::vector<bool> made_;                             // by removal
  std::size_t layers_gone_ = 0;
  std::vector<Stock> stocks_;
  std::vector<std::vector<StockShare>> stocks_of_;  // by group
  std::vector<std::vector<GroupShare>> by_taken_;   // by stock; descending
};

/// Makes removals for as long as it lives, and then takes them back. None of them may have been
/// made before. `ledger` and what `removals` points to must outlive it.
class Trial {
 public:
  Trial(RemovalLedger& ledger, std::span<const Removal> removals)
      : ledger_(ledger), removals_(removals) {
    for (const Removal removal : removals_) {
      ledger_.remove(removal);
    }
  }
  ~Trial() {
    for (const Removal removal : removals_) {
      ledger_.restore(removal);
    }
  }
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;

 private:
  RemovalLedger& ledger_;
  std::span<const Removal> removals_;
};

}  // namespace hardlink
