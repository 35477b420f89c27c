#include "commands/plan/search/removal_search.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <utility>

namespace hardlink {
namespace {

/// Branch and bound: depth-first through sets of removals of limited size, in a fixed order,
/// without the branches that ShareBound shows to be in vain.
class ExactSearch {
 public:
  ExactSearch(RemovalLedger& ledger, std::uint64_t target, const RemovalChoice& choice,
              std::uint64_t budget)
      : ledger_(ledger),
        target_(target),
        budget_(budget),
        order_(ledger, choice),
        bound_(ledger, order_, target) {}

  /// The set within `allowance` that loses the fewest layers, but fewer than `lost`; nothing if
  /// there is none or the budget ran out before one was found.
  std::optional<std::vector<Removal>> run(Allowance allowance, std::size_t lost) {
    best_.reset();
    least_lost_ = lost;
    descend(0, allowance);
    return best_;
  }

  [[nodiscard]] bool exhausted() const { return bound_.work() > budget_; }

 private:
  void descend(std::size_t decided, Allowance allowance);

  RemovalLedger& ledger_;
  std::uint64_t target_;
  std::uint64_t budget_;
  SearchOrder order_;
  ShareBound bound_;
  std::vector<Removal> chosen_;
  std::optional<std::vector<Removal>> best_;
  std::size_t least_lost_ = 0;
};

/// Tries every set that adds to `chosen_` removals from position `decided` on.
void ExactSearch::descend(std::size_t decided, Allowance allowance) {
  if (ledger_.reaches(target_)) {
    if (ledger_.layersGone() < least_lost_) {
      least_lost_ = ledger_.layersGone();
      best_ = chosen_;
    }
    return;
  }
  const std::vector<Removal>& order = order_.removals();
  for (std::size_t i = decided; i < order.size() && allowance.sum() > 0; ++i) {
    if (exhausted() || !bound_.mayReach(i, allowance, least_lost_)) {
      return;
    }
    Allowance rest = allowance;
    std::size_t& left = order_.isHeld(order[i]) ? rest.held : rest.free;
    if (left == 0) {
      continue;
    }
    --left;
    const Trial trial(ledger_, {&order[i], 1});
    chosen_.push_back(order[i]);
    descend(i + 1, rest);
    chosen_.pop_back();
  }
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

/// A set that reaches the target, and from which nothing can be left out: step by step what frees
/// most. Works on a ledger of its own.
class GreedySearch {
 public:
  GreedySearch(RemovalLedger ledger, std::uint64_t target, const std::vector<Removal>& allowed)
      : ledger_(std::move(ledger)), target_(target), allowed_(ledger_.removals()) {
    for (const Removal removal : allowed) {
      allowed_[removal] = true;
    }
  }

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
    leaveOutUnneeded(chosen);
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
      {
        const Trial trial(ledger_, move.removals);
        move.freed = excess - ledger_.excess(target_);
        move.lost = ledger_.layersGone() - gone;
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

  void leaveOutUnneeded(std::vector<Removal>& chosen) {
    std::erase_if(chosen, [&](Removal removal) {
      ledger_.restore(removal);
      const bool unneeded = ledger_.reaches(target_);
      if (!unneeded) {
        ledger_.remove(removal);
      }
      return unneeded;
    });
  }

  RemovalLedger ledger_;
  std::uint64_t target_;
  std::vector<bool> allowed_;  // by removal
};

bool reachesWith(RemovalLedger& ledger, const std::vector<Removal>& removals,
                 std::uint64_t target) {
  const Trial trial(ledger, removals);
  return ledger.reaches(target);
}

std::size_t layersLost(RemovalLedger& ledger, const std::vector<Removal>& removals) {
  const Trial trial(ledger, removals);
  return ledger.layersGone();
}

/// Improves on `set`, which has `held` of the held removals: first in size, then in layers lost.
RemovalSet improved(RemovalLedger& ledger, const RemovalChoice& choice, std::uint64_t target,
                    std::uint64_t budget, std::vector<Removal> set, std::size_t held) {
  ExactSearch search(ledger, target, choice, budget);
  RemovalSet best{std::move(set), false, false};
  const std::size_t most = best.removals.size();
  for (std::size_t size = held; size <= most && !best.fewest_proven; ++size) {
    const std::size_t lost =
        size < most ? std::numeric_limits<std::size_t>::max() : layersLost(ledger, best.removals);
    auto found = search.run({size - held, held}, lost);
    // Where the budget runs out in the middle of a size, all smaller sizes have been searched.
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

/// Which of the held removals must be made once all of the free ones have been.
RemovalSet fewestHeld(RemovalLedger& ledger, const RemovalChoice& choice, std::uint64_t target,
                      std::uint64_t budget) {
  const Trial all_free(ledger, choice.free);
  return improved(ledger, {choice.held, {}}, target, budget,
                  GreedySearch(ledger, target, choice.held).run(), 0);
}

/// Free removals that reach the target together with `held`.
std::vector<Removal> freeBeside(RemovalLedger& ledger, const std::vector<Removal>& held,
                                const RemovalChoice& choice, std::uint64_t target) {
  const Trial all_held(ledger, held);
  return GreedySearch(ledger, target, choice.free).run();
}

}  // namespace

RemovalSet findRemovals(RemovalLedger ledger, const RemovalChoice& choice, std::uint64_t target,
                        std::uint64_t budget) {
  ledger.keepInTheWayOf(target);
  if (reachesWith(ledger, choice.free, target)) {
    const RemovalChoice only_free{choice.free, {}};
    return improved(ledger, only_free, target, budget,
                    GreedySearch(ledger, target, choice.free).run(), 0);
  }
  const RemovalSet held = fewestHeld(ledger, choice, target, budget);
  std::vector<Removal> set = freeBeside(ledger, held.removals, choice, target);
  set.insert(set.end(), held.removals.begin(), held.removals.end());
  RemovalSet best = improved(ledger, choice, target, budget, set, held.removals.size());
  best.fewest_proven = best.fewest_proven && held.fewest_proven;
  best.least_lost_proven = best.least_lost_proven && held.fewest_proven;
  return best;
}

}  // namespace hardlink
