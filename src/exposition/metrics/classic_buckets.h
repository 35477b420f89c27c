#pragma once

/// Internal to exposition/metrics.

#include <cstdint>
#include <utility>
#include <vector>

#include "model/report.h"

namespace hardlink {

/// The cumulative buckets of a histogram: their upper bounds, ascending, the last one +Inf, and
/// counts. Bounds above 2^53 can become equal as floating point numbers; then the last one replaces
/// the others.
[[nodiscard]] std::vector<std::pair<double, std::uint64_t>> classicBuckets(
    const Histogram& histogram);

}  // namespace hardlink
