#include "model/histogram.h"

#include <algorithm>
#include <bit>

namespace hardlink {

std::int32_t NativeCounts::indexOf(std::uint64_t value) {
  // 2^63 times 2^(j/8) for j from 1 to 7, rounded down. These are irrational, so no value is equal.
  static constexpr std::array<std::uint64_t, 7> kBounds = {
      0x8b95c1e3ea8bd6e6, 0x9837f0518db8a96f, 0xa5fed6a9b15138ea, 0xb504f333f9de6484,
      0xc5672a115506dadd, 0xd744fccad69d6af4, 0xeac0c6e7dd24392e};
  const int leading_zeros = std::countl_zero(value);
  const std::uint64_t scaled = value << static_cast<unsigned>(leading_zeros);
  const std::int32_t power = (63 - leading_zeros) * (1 << kSchema);
  if (std::has_single_bit(value)) {
    return power;
  }
  const auto* const bound = std::lower_bound(kBounds.begin(), kBounds.end(), scaled);
  return power + 1 + static_cast<std::int32_t>(bound - kBounds.begin());
}

void NativeCounts::add(std::uint64_t value, std::uint64_t times) {
  if (times == 0) {
    return;
  }
  if (value == 0) {
    zeros_ += times;
    return;
  }
  const std::int32_t index = indexOf(value);
  auto at = std::lower_bound(
      buckets_.begin(), buckets_.end(), index,
      [](const Bucket& bucket, std::int32_t wanted) { return bucket.index < wanted; });
  if (at == buckets_.end() || at->index != index) {
    at = buckets_.insert(at, {.index = index});
  }
  at->count += times;
}

void BucketCounts::add(std::uint64_t value, std::uint64_t times) {
  const auto bound = std::lower_bound(bounds_.begin(), bounds_.end(), value);
  counts_[static_cast<std::size_t>(bound - bounds_.begin())] += times;
  native_.add(value, times);
  count_ += times;
  sum_ += value * times;
}

std::vector<std::uint64_t> BucketCounts::cumulative() const {
  std::vector<std::uint64_t> running = counts_;
  for (std::size_t i = 1; i < running.size(); ++i) {
    running[i] += running[i - 1];
  }
  return running;
}

}  // namespace hardlink
