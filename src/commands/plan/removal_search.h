#pragma once

/// Internal to report/: the fewest removals that reach a margin. Pure and deterministic.

#include <cstdint>
#include <vector>

#include "commands/plan/link_ledger.h"

namespace hardlink {

/// What may be removed. Both ascending.
struct RemovalChoice {
  std::vector<Removal> free;
  std::vector<Removal> held;  ///< only if the free ones do not suffice, and then as few as can be
};

struct RemovalSet {
  std::vector<Removal> removals;   ///< ascending; none of them can be left out
  bool fewest_proven = false;      ///< nothing smaller reaches the target
  bool least_lost_proven = false;  ///< and nothing as small leaves more layers
};

/// The fewest of the held, with those the fewest in all, and of those sets the one that loses the
/// fewest layers, so that `ledger` (with no removal made) reaches `target`; all that is allowed
/// must reach it. A set is found in any case; whether it is the best is proven as far as `budget`
/// goes, in looks at an inode in a group of layers.
[[nodiscard]] RemovalSet findRemovals(LinkLedger ledger, const RemovalChoice& choice,
                                      std::uint64_t target, std::uint64_t budget = 100'000'000);

}  // namespace hardlink
