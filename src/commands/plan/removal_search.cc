#include "commands/plan/removal_search.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

namespace hardlink {
namespace {

/// How many removals of each kind may still be made.
struct Allowance {
  std::size_t free = 0;
  std::size_t held = 0;

  [[nodiscard]] std::size_t sum() const { return free + held; }
};

/// Depth-first through sets of removals of limited size, in a fixed order, leaving out what a bound
/// shows to be in vain: a group's names are counted in equal shares for the removals that it still
/// takes, so that no set frees more than the shares of its members add up to.
class ExactSearch {
 public:
  ExactSearch(LinkLedger& ledger, std::uint64_t target, const std::vector<Removal>& free,
              const std::vector<Removal>& held, std::uint64_t budget)
      : ledger_(ledger), target_(static_cast<std::int64_t>(target)), budget_(budget) {
    order_ = free;
    order_.insert(order_.end(), held.begin(), held.end());
    position_.assign(ledger.removals(), kNever);
    is_held_.assign(ledger.removals(), false);
    for (const Removal removal : held) {
      is_held_[removal] = true;
    }
    sortByShare();
    for (std::size_t i = 0; i < order_.size(); ++i) {
      position_[order_[i]] = i;
    }
    for (const LinkLedger::Stock& stock : ledger.stocks()) {
      std::int64_t most = 0;
      for (const auto& share : stock.in_groups) {
        most = std::max(most, share.taken);
      }
      most_freed_by_a_layer_.push_back(most);
    }
  }

  /// The set within `allowance` that loses the fewest layers, but fewer than `lost`; nothing if
  /// there is none or the budget ran out before one was found.
  std::optional<std::vector<Removal>> run(Allowance allowance, std::size_t lost) {
    best_.reset();
    least_lost_ = lost;
    descend(0, allowance);
    return best_;
  }

  [[nodiscard]] bool exhausted() const { return work_ > budget_; }

 private:
  static constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();

  void sortByShare();
  void descend(std::size_t from, Allowance allowance);
  [[nodiscard]] bool mayReach(std::size_t from, Allowance allowance);
  [[nodiscard]] bool mayReach(std::size_t index, Allowance allowance,
                              const std::vector<std::size_t>& takes);
  /// By group: how many more removals it takes, or kNever if `allowance` and what is left of the
  /// order do not allow that.
  [[nodiscard]] std::vector<std::size_t> removalsTaken(std::size_t from, Allowance allowance);
  [[nodiscard]] double highestShares(const std::vector<double>& shares, Allowance allowance) const;

  LinkLedger& ledger_;
  std::int64_t target_;
  std::uint64_t budget_;
  std::uint64_t work_ = 0;
  std::vector<Removal> order_;
  std::vector<std::size_t> position_;  // by removal; kNever for those that are not allowed
  std::vector<bool> is_held_;          // by removal
  std::vector<std::int64_t> most_freed_by_a_layer_;  // by stock
  std::vector<Removal> chosen_;
  std::optional<std::vector<Removal>> best_;
  std::size_t least_lost_ = 0;
};

/// Those that free most come first: the best sets are then found early.
void ExactSearch::sortByShare() {
  std::vector<double> share(ledger_.removals(), 0);
  for (const LinkLedger::Stock& stock : ledger_.stocks()) {
    for (const auto& entry : stock.in_groups) {
      const auto& removals = ledger_.groups()[entry.group].removals;
      for (const Removal removal : removals) {
        share[removal] +=
            static_cast<double>(entry.freed) /
            static_cast<double>(stock.unit * static_cast<std::int64_t>(removals.size()));
      }
    }
  }
  std::erase_if(order_, [&](Removal removal) { return share[removal] == 0; });
  std::sort(order_.begin(), order_.end(), [&](Removal a, Removal b) {
    return share[a] != share[b] ? share[a] > share[b] : a < b;
  });
}

void ExactSearch::descend(std::size_t from, Allowance allowance) {
  if (ledger_.reaches(static_cast<std::uint64_t>(target_))) {
    if (ledger_.layersGone() < least_lost_) {
      least_lost_ = ledger_.layersGone();
      best_ = chosen_;
    }
    return;
  }
  for (std::size_t i = from; i < order_.size() && allowance.sum() > 0; ++i) {
    if (exhausted() || !mayReach(i, allowance)) {
      return;
    }
    std::size_t& left = is_held_[order_[i]] ? allowance.held : allowance.free;
    if (left == 0) {
      continue;
    }
    ledger_.remove(order_[i]);
    chosen_.push_back(order_[i]);
    --left;
    descend(i + 1, allowance);
    ++left;
    chosen_.pop_back();
    ledger_.restore(order_[i]);
  }
}

std::vector<std::size_t> ExactSearch::removalsTaken(std::size_t from, Allowance allowance) {
  std::vector<std::size_t> takes(ledger_.groups().size(), kNever);
  for (std::uint32_t group = 0; group < takes.size(); ++group) {
    const auto& removals = ledger_.groups()[group].removals;
    const std::size_t missing = ledger_.missing(group);
    if (missing == 0 || missing > allowance.sum()) {
      continue;
    }
    work_ += removals.size();
    const bool allowed = std::all_of(removals.begin(), removals.end(), [&](Removal removal) {
      return ledger_.isMade(removal) ||
             (position_[removal] != kNever && position_[removal] >= from);
    });
    takes[group] = allowed ? missing : kNever;
  }
  return takes;
}

bool ExactSearch::mayReach(std::size_t from, Allowance allowance) {
  const std::vector<std::size_t> takes = removalsTaken(from, allowance);
  for (std::size_t stock = 0; stock < ledger_.stocks().size(); ++stock) {
    if (!mayReach(stock, allowance, takes)) {
      return false;
    }
  }
  return true;
}

bool ExactSearch::mayReach(std::size_t index, Allowance allowance,
                           const std::vector<std::size_t>& takes) {
  const LinkLedger::Stock& stock = ledger_.stocks()[index];
  std::vector<double> shares(order_.size(), 0);
  std::int64_t taken_by_those_that_stay = 0;
  for (const auto& entry : stock.in_groups) {
    if (ledger_.isGone(entry.group)) {
      continue;
    }
    if (takes[entry.group] == kNever) {
      taken_by_those_that_stay = std::max(taken_by_those_that_stay, entry.taken);
      continue;
    }
    const double share = static_cast<double>(entry.freed) / static_cast<double>(takes[entry.group]);
    for (const Removal removal : ledger_.groups()[entry.group].removals) {
      if (!ledger_.isMade(removal)) {
        shares[position_[removal]] += share;
      }
    }
    work_ += ledger_.groups()[entry.group].removals.size();
  }
  work_ += stock.in_groups.size() + shares.size();
  if (taken_by_those_that_stay == 0) {
    return true;
  }
  const std::int64_t to_free = stock.lacks(target_, taken_by_those_that_stay);
  if (to_free <= 0) {
    return true;
  }
  const std::int64_t most = most_freed_by_a_layer_[index];
  const auto layers = static_cast<std::size_t>((to_free + most - 1) / most);
  // Sums of shares are whole numbers but for rounding.
  return ledger_.layersGone() + layers < least_lost_ &&
         highestShares(shares, allowance) > static_cast<double>(to_free) - 0.5;
}

double ExactSearch::highestShares(const std::vector<double>& shares, Allowance allowance) const {
  std::vector<double> free;
  std::vector<double> held;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    if (shares[i] > 0) {
      (is_held_[order_[i]] ? held : free).push_back(shares[i]);
    }
  }
  const auto highest = [](std::vector<double>& values, std::size_t count) {
    count = std::min(count, values.size());
    const auto end = values.begin() + static_cast<std::ptrdiff_t>(count);
    std::partial_sort(values.begin(), end, values.end(), std::greater<>());
    return std::accumulate(values.begin(), end, 0.0);
  };
  return highest(free, allowance.free) + highest(held, allowance.held);
}

/// What it would take to have one more group of layers gone, and what that would bring.
struct Move {
  std::vector<Removal> removals;
  std::int64_t freed = 0;
  std::size_t lost = 0;

  /// More freed per removal, then less lost, then the lowest numbers.
  [[nodiscard]] bool betterThan(const Move& other) const {
    const std::int64_t mine = freed * static_cast<std::int64_t>(other.removals.size());
    const std::int64_t theirs = other.freed * static_cast<std::int64_t>(removals.size());
    if (mine != theirs) {
      return mine > theirs;
    }
    return lost != other.lost ? lost < other.lost : removals < other.removals;
  }
};

/// A set that reaches the target, and from which nothing can be left out: step by step whatever
/// frees most.
class GreedySearch {
 public:
  GreedySearch(LinkLedger& ledger, std::uint64_t target, const std::vector<Removal>& allowed)
      : ledger_(ledger), target_(target), allowed_(ledger.removals()) {
    for (const Removal removal : allowed) {
      allowed_[removal] = true;
    }
  }

  /// Leaves the ledger as it was.
  std::vector<Removal> run() {
    std::vector<Removal> chosen;
    while (!ledger_.reaches(target_)) {
      const auto move = bestMove();
      if (!move) {
        break;
      }
      for (const Removal removal : move->removals) {
        ledger_.remove(removal);
        chosen.push_back(removal);
      }
    }
    leaveOut(chosen);
    for (const Removal removal : chosen) {
      ledger_.restore(removal);
    }
    std::sort(chosen.begin(), chosen.end());
    return chosen;
  }

 private:
  [[nodiscard]] std::optional<Move> bestMove() {
    std::set<std::vector<Removal>> tried;
    std::optional<Move> best;
    const std::int64_t excess = ledger_.excess(target_);
    for (std::uint32_t group = 0; group < ledger_.groups().size(); ++group) {
      Move move{missingAllowed(group)};
      if (move.removals.empty() || !tried.insert(move.removals).second) {
        continue;
      }
      const std::size_t gone = ledger_.layersGone();
      for (const Removal removal : move.removals) {
        ledger_.remove(removal);
      }
      move.freed = excess - ledger_.excess(target_);
      move.lost = ledger_.layersGone() - gone;
      for (const Removal removal : move.removals) {
        ledger_.restore(removal);
      }
      if (move.freed > 0 && (!best || move.betterThan(*best))) {
        best = std::move(move);
      }
    }
    return best;
  }

  /// The removals that the group still takes; none if it is gone or cannot go.
  [[nodiscard]] std::vector<Removal> missingAllowed(std::uint32_t group) const {
    std::vector<Removal> missing;
    for (const Removal removal : ledger_.groups()[group].removals) {
      if (!ledger_.isMade(removal)) {
        if (!allowed_[removal]) {
          return {};
        }
        missing.push_back(removal);
      }
    }
    return missing;
  }

  void leaveOut(std::vector<Removal>& chosen) {
    std::erase_if(chosen, [&](Removal removal) {
      ledger_.restore(removal);
      const bool unneeded = ledger_.reaches(target_);
      if (!unneeded) {
        ledger_.remove(removal);
      }
      return unneeded;
    });
  }

  LinkLedger& ledger_;
  std::uint64_t target_;
  std::vector<bool> allowed_;  // by removal
};

bool reachesWith(LinkLedger& ledger, const std::vector<Removal>& removals, std::uint64_t target) {
  for (const Removal removal : removals) {
    ledger.remove(removal);
  }
  const bool reached = ledger.reaches(target);
  for (const Removal removal : removals) {
    ledger.restore(removal);
  }
  return reached;
}

std::size_t layersLost(LinkLedger& ledger, const std::vector<Removal>& removals) {
  for (const Removal removal : removals) {
    ledger.remove(removal);
  }
  const std::size_t lost = ledger.layersGone();
  for (const Removal removal : removals) {
    ledger.restore(removal);
  }
  return lost;
}

/// Improves on `set`, which has `held` of the held ones, first in size and then in layers lost.
RemovalSet improved(LinkLedger& ledger, const RemovalChoice& choice, std::uint64_t target,
                    std::uint64_t budget, std::vector<Removal> set, std::size_t held) {
  ExactSearch search(ledger, target, choice.free, choice.held, budget);
  RemovalSet best{std::move(set), false, false};
  const std::size_t most = best.removals.size();
  for (std::size_t size = held; size <= most && !best.fewest_proven; ++size) {
    const std::size_t lost =
        size < most ? std::numeric_limits<std::size_t>::max() : layersLost(ledger, best.removals);
    auto found = search.run({size - held, held}, lost);
    // Even when the budget ran out in the middle of a size, all smaller ones were looked through.
    best.fewest_proven = found.has_value() || (size == most);
    best.least_lost_proven = best.fewest_proven && !search.exhausted();
    if (found) {
      best.removals = std::move(*found);
    } else if (search.exhausted()) {
      break;
    }
  }
  std::sort(best.removals.begin(), best.removals.end());
  return best;
}

}  // namespace

RemovalSet findRemovals(LinkLedger ledger, const RemovalChoice& choice, std::uint64_t target,
                        std::uint64_t budget) {
  ledger.keepInTheWayOf(target);
  if (reachesWith(ledger, choice.free, target)) {
    const RemovalChoice only_free{choice.free, {}};
    return improved(ledger, only_free, target, budget,
                    GreedySearch(ledger, target, choice.free).run(), 0);
  }
  // With all of the free ones gone, which of the held must go too?
  for (const Removal removal : choice.free) {
    ledger.remove(removal);
  }
  const RemovalSet held = improved(ledger, {choice.held, {}}, target, budget,
                                   GreedySearch(ledger, target, choice.held).run(), 0);
  for (const Removal removal : choice.free) {
    ledger.restore(removal);
  }
  for (const Removal removal : held.removals) {
    ledger.remove(removal);
  }
  std::vector<Removal> set = GreedySearch(ledger, target, choice.free).run();
  for (const Removal removal : held.removals) {
    ledger.restore(removal);
  }
  set.insert(set.end(), held.removals.begin(), held.removals.end());
  RemovalSet best = improved(ledger, choice, target, budget, set, held.removals.size());
  best.fewest_proven = best.fewest_proven && held.fewest_proven;
  best.least_lost_proven = best.least_lost_proven && held.fewest_proven;
  return best;
}

}  // namespace hardlink
