#pragma once

/// The fewest removals that reach a margin. Pure and deterministic.

#include <cstdint>
#include <vector>

#include "commands/plan/removal_ledger.h"
#include "commands/plan/share_bound.h"

namespace hardlink {

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
