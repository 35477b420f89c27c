#include "exposition/metrics/classic_buckets.h"

#include <algorithm>
#include <limits>

namespace hardlink {

std::vector<std::pair<double, std::uint64_t>> classicBuckets(const Histogram& histogram) {
  std::vector<std::pair<double, std::uint64_t>> buckets;
  const std::size_t bounds = std::min(histogram.bounds.size(), histogram.cumulative.size());
  for (std::size_t i = 0; i < bounds; ++i) {
    const auto bound = static_cast<double>(histogram.bounds[i]);
    if (buckets.empty() || buckets.back().first < bound) {
      buckets.emplace_back();
    }
    buckets.back() = {bound, histogram.cumulative[i]};
  }
  buckets.emplace_back(std::numeric_limits<double>::infinity(), histogram.count());
  return buckets;
}

}  // namespace hardlink
