#pragma once

/// Distributions: how many inodes or layers have how many links. They are of what is, so a count
/// can fall. Plain values.

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/names.h"

namespace hardlink {

/// In which form a scrape has histograms: with the buckets of the configuration, with exponential
/// ones (NativeCounts), or with both.
enum class HistogramForm : std::uint8_t { classic, both, native };
template <>
inline constexpr std::array<Name<HistogramForm>, 3> kNames<HistogramForm> = {
    {{HistogramForm::classic, "classic"},
     {HistogramForm::both, "both"},
     {HistogramForm::native, "native"}}};

/// Values by the exponential buckets of Prometheus's native histograms. Bucket i holds the values
/// above 2^((i-1)/8) and up to 2^(i/8), so a value is known to 9 %. Only buckets with values take
/// memory.
class NativeCounts {
 public:
  static constexpr int kSchema = 3;  ///< 2^kSchema buckets between one power of two and the next
  static constexpr double kZeroThreshold = 0x1p-128;  ///< values up to it are zeros

  struct Bucket {
    std::int32_t index = 0;
    std::uint64_t count = 0;  ///< at least 1

    bool operator==(const Bucket&) const = default;
  };

  /// The bucket of `value`, which is at least 1.
  [[nodiscard]] static std::int32_t indexOf(std::uint64_t value);

  void add(std::uint64_t value, std::uint64_t times);

  [[nodiscard]] std::uint64_t zeros() const { return zeros_; }
  /// Ascending by index.
  [[nodiscard]] const std::vector<Bucket>& buckets() const { return buckets_; }

  bool operator==(const NativeCounts&) const = default;

 private:
  std::vector<Bucket> buckets_;
  std::uint64_t zeros_ = 0;
};

/// The number of values at or below each bound of a fixed, ascending list, and the same values by
/// exponential buckets.
class BucketCounts {
 public:
  BucketCounts() = default;
  explicit BucketCounts(const std::vector<std::uint64_t>& bounds)
      : bounds_(bounds), counts_(bounds.size() + 1) {}

  void add(std::uint64_t value, std::uint64_t times = 1);

  [[nodiscard]] const std::vector<std::uint64_t>& bounds() const { return bounds_; }
  /// One count per bound and a last one for `+Inf`; each includes the counts before it.
  [[nodiscard]] std::vector<std::uint64_t> cumulative() const;
  [[nodiscard]] const NativeCounts& native() const { return native_; }
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] std::uint64_t sum() const { return sum_; }

  bool operator==(const BucketCounts&) const = default;

 private:
  std::vector<std::uint64_t> bounds_;
  std::vector<std::uint64_t> counts_;  // not cumulative; the last one is above every bound
  NativeCounts native_;
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
};

/// A distribution in a report: cumulative, at ascending bounds and +Inf, and exponential.
struct Histogram {
  std::vector<std::uint64_t> bounds;
  std::vector<std::uint64_t> cumulative;  ///< one more than bounds; the last is for +Inf
  std::uint64_t sum = 0;
  NativeCounts native{};

  [[nodiscard]] std::uint64_t count() const { return cumulative.empty() ? 0 : cumulative.back(); }
  bool operator==(const Histogram&) const = default;
};

}  // namespace hardlink
