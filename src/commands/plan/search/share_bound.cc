#include "commands/plan/search/removal_search.h"

#include <algorithm>
#include <functional>
#include <numeric>

namespace hardlink {
namespace {

/// Of a group: that it cannot go any more.
constexpr std::size_t kNever = static_cast<std::size_t>(-1);

/// What each removal frees of all stocks, if groups are shared out among their removals.
std::vector<double> sharesOf(const RemovalLedger& ledger) {
  std::vector<double> shares(ledger.removals(), 0);
  for (const RemovalLedger::Stock& stock : ledger.stocks()) {
    for (const auto& entry : stock.in_groups) {
      const auto& removals = ledger.groups()[entry.group].removals;
      for (const Removal removal : removals) {
        shares[removal] +=
            static_cast<double>(entry.freed) /
            static_cast<double>(stock.unit * static_cast<std::int64_t>(removals.size()));
      }
    }
  }
  return shares;
}

}  // namespace

SearchOrder::SearchOrder(const RemovalLedger& ledger, const RemovalChoice& choice)
    : order_(choice.free),
      position_(ledger.removals(), kNowhere),
      is_held_(ledger.removals(), false) {
  order_.insert(order_.end(), choice.held.begin(), choice.held.end());
  for (const Removal removal : choice.held) {
    is_held_[removal] = true;
  }
  const std::vector<double> shares = sharesOf(ledger);
  std::erase_if(order_, [&](Removal removal) { return shares[removal] == 0; });
  std::sort(order_.begin(), order_.end(), [&](Removal a, Removal b) {
    return shares[a] != shares[b] ? shares[a] > shares[b] : a < b;
  });
  for (std::size_t i = 0; i < order_.size(); ++i) {
    position_[order_[i]] = i;
  }
}

ShareBound::ShareBound(const RemovalLedger& ledger, const SearchOrder& order, std::uint64_t target)
    : ledger_(ledger), order_(order), target_(static_cast<std::int64_t>(target)) {
  for (const RemovalLedger::Stock& stock : ledger.stocks()) {
    std::int64_t most = 0;
    for (const auto& share : stock.in_groups) {
      most = std::max(most, share.taken);
    }
    most_freed_by_a_layer_.push_back(most);
  }
}

bool ShareBound::mayReach(std::size_t decided, Allowance allowance, std::size_t least_lost) {
  const std::vector<std::size_t> takes = removalsTaken(decided, allowance);
  for (std::size_t stock = 0; stock < ledger_.stocks().size(); ++stock) {
    if (!mayReach(stock, allowance, takes, least_lost)) {
      return false;
    }
  }
  return true;
}

/// By group: how many more removals it takes, or kNever if these may not be made any more.
std::vector<std::size_t> ShareBound::removalsTaken(std::size_t decided, Allowance allowance) {
  std::vector<std::size_t> takes(ledger_.groups().size(), kNever);
  for (std::uint32_t group = 0; group < takes.size(); ++group) {
    const auto& removals = ledger_.groups()[group].removals;
    const std::size_t missing = ledger_.missing(group);
    if (missing == 0 || missing > allowance.sum()) {
      continue;
    }
    work_ += removals.size();
    const bool may_go = std::all_of(removals.begin(), removals.end(), [&](Removal removal) {
      return ledger_.isMade(removal) || order_.isOpen(removal, decided);
    });
    takes[group] = may_go ? missing : kNever;
  }
  return takes;
}

bool ShareBound::mayReach(std::size_t index, Allowance allowance,
                          const std::vector<std::size_t>& takes, std::size_t least_lost) {
  const RemovalLedger::Stock& stock = ledger_.stocks()[index];
  std::vector<double> shares(order_.removals().size(), 0);  // by position in the order
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
        shares[order_.positionOf(removal)] += share;
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
  return ledger_.layersGone() + layers < least_lost &&
         highestShares(shares, allowance) > static_cast<double>(to_free) - 0.5;
}

/// The sum of the highest shares, as many of each kind as `allowance` has.
double ShareBound::highestShares(const std::vector<double>& shares, Allowance allowance) const {
  std::vector<double> free;
  std::vector<double> held;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    if (shares[i] > 0) {
      (order_.isHeld(order_.removals()[i]) ? held : free).push_back(shares[i]);
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

}  // namespace hardlink
