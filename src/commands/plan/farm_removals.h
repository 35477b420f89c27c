#pragma once

/// What may go of a farm that is not Docker's (model/farm.h), or why nothing is proposed. Pure
/// functions: no system calls, no clock. Any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "commands/plan/removal_plan.h"
#include "model/counts.h"
#include "model/farm.h"
#include "model/report.h"

namespace hardlink {

struct FarmRemovals {
  RemovalPlan plan;  ///< without steps where they are refused
  /// Why no removal is proposed, and what decides: one sentence without a full stop. Printable.
  std::optional<std::string> refused;
  /// What each layer would free alone; where that nothing is proposed is for want of certainty.
  std::vector<FreedLinks> would_free;
  /// How many times every series can get one more layer, before anything is removed; unset where
  /// nothing binds the heads, or there are no series.
  std::optional<std::uint64_t> rounds_remaining;
};

/// Why there is nothing to plan for in the tree at `path`, whatever its limit is: it has no layers.
[[nodiscard]] std::optional<std::string> whyNothingToRemove(const RootCounts& counts,
                                                            const Farm& farm,
                                                            const std::string& path);

/// What to remove of `farm`, whose layers `counts` has, for a margin of `target`, at most a
/// million. The link limit of `filesystem` is known and at least 1.
[[nodiscard]] FarmRemovals planFarmRemovals(const RootCounts& counts,
                                            const FilesystemReport& filesystem, const Farm& farm,
                                            const std::string& path, std::uint64_t target);

}  // namespace hardlink
