#pragma once

/// The fewest removals that reach a margin, and the bound that the search cuts branches with. Pure
/// and deterministic.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "commands/plan/search/removal_ledger.h"

namespace hardlink {

/// What may be removed. Both ascending.
struct RemovalChoice {
  std::vector<Removal> free;
  std::vector<Removal> held;  ///< only if the free ones do not suffice, and then as few as can be
};

/// How many removals of each kind may still be made.
struct Allowance {
  std::size_t free = 0;
  std::size_t held = 0;

  [[nodiscard]] std::size_t sum() const { return free + held; }
};

/// The removals in the order in which the search decides on them: those that free most come first,
/// so that the best sets are found early. Those that free nothing are left out.
class SearchOrder {
 public:
  SearchOrder(const RemovalLedger& ledger, const RemovalChoice& choice);

  [[nodiscard]] const std::vector<Removal>& removals() const { return order_; }
  [[nodiscard]] bool isHeld(Removal removal) const { return is_held_[removal]; }
  /// Only of those in removals().
  [[nodiscard]] std::size_t positionOf(Removal removal) const { return position_[removal]; }
  /// Whether the first `decided` of the order do not include it, but the others do.
  [[nodiscard]] bool isOpen(Removal removal, std::size_t decided) const {
    return position_[removal] != kNowhere && position_[removal] >= decided;
  }

 private:
  static constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

  std::vector<Removal> order_;
  std::vector<std::size_t> position_;  // by removal; kNowhere for those that are not in the order
  std::vector<bool> is_held_;          // by removal
};

/// Tells for a branch of the search that it holds no set worth finding. There are two bounds, for
/// each stock that lacks something for the target.
///
/// By shares: where a group of layers still takes m removals and frees f of a stock, each of these
/// removals is given the share f / m. A set of removals that frees the group has all m of them, so
/// their shares add up to f; a set that does not free it has shares that are no less than 0. So
/// what a set frees is at most the sum of its shares, and the highest shares, as many as may still
/// be made, add up to at least what any set frees. If that is less than the stock lacks, the branch
/// is in vain.
///
/// By layers: a layer frees at most `m` of a stock, so what the stock lacks, divided by m, is the
/// least number of layers that have to go. If a set is known that loses no more, the branch is in
/// vain too.
class ShareBound {
 public:
  /// All must outlive it. `target` is a margin.
  ShareBound(const RemovalLedger& ledger, const SearchOrder& order, std::uint64_t target);

  /// Whether a set of removals may reach the target and lose fewer layers than `least_lost`: those
  /// that have been made in the ledger, and at most `allowance` of those that the order has from
  /// position `decided` on.
  [[nodiscard]] bool mayReach(std::size_t decided, Allowance allowance, std::size_t least_lost);
  /// How many looks at an inode in a group of layers that has taken so far.
  [[nodiscard]] std::uint64_t work() const { return work_; }

 private:
  [[nodiscard]] std::vector<std::size_t> removalsTaken(std::size_t decided, Allowance allowance);
  [[nodiscard]] bool mayReach(std::size_t stock, Allowance allowance,
                              const std::vector<std::size_t>& takes, std::size_t least_lost);
  [[nodiscard]] double highestShares(const std::vector<double>& shares, Allowance allowance) const;

  const RemovalLedger& ledger_;
  const SearchOrder& order_;
  std::int64_t target_;
  std::vector<std::int64_t> most_freed_by_a_layer_;  // by stock
  std::uint64_t work_ = 0;
};

struct RemovalSet {
  std::vector<Removal> removals;   ///< ascending; none of them can be left out
  bool fewest_proven = false;      ///< nothing smaller reaches the target
  bool least_lost_proven = false;  ///< and nothing as small leaves more layers
};

/// The fewest of the held, with those the fewest in all, and of those sets the one that loses the
/// fewest layers, so that `ledger` (with no removal made) reaches `target`; all that is allowed
/// must reach it. A set is found in any case. Whether it is the best is proven within `budget`,
/// which counts looks at an inode in a group of layers.
[[nodiscard]] RemovalSet findRemovals(RemovalLedger ledger, const RemovalChoice& choice,
                                      std::uint64_t target, std::uint64_t budget = 100'000'000);

}  // namespace hardlink
