#include "model/histogram.h"

#include <map>
#include <random>

#include "support/catch.h"

namespace hardlink {
namespace {

TEST_CASE("a value on a bound counts in its bucket, a value above all bounds only in +Inf") {
  BucketCounts buckets({1, 10, 100});
  buckets.add(1);
  buckets.add(10, 2);
  buckets.add(11);
  buckets.add(101);
  CHECK(buckets.cumulative() == std::vector<std::uint64_t>{1, 3, 4, 5});
  CHECK(buckets.count() == 5);
  CHECK(buckets.sum() == 1 + 20 + 11 + 101);
}

/// The product, least significant 32 bits first.
std::vector<std::uint32_t> squared(const std::vector<std::uint32_t>& number) {
  std::vector<std::uint32_t> product(2 * number.size());
  for (std::size_t i = 0; i < number.size(); ++i) {
    std::uint64_t carry = 0;
    for (std::size_t j = 0; j < number.size(); ++j) {
      carry += std::uint64_t{number[i]} * number[j] + product[i + j];
      product[i + j] = static_cast<std::uint32_t>(carry);
      carry >>= 32U;
    }
    product[i + number.size()] = static_cast<std::uint32_t>(carry);
  }
  return product;
}

/// The smallest i with value^8 <= 2^i, which is value <= 2^(i/8), in whole numbers.
std::int32_t exactIndexOf(std::uint64_t value) {
  std::vector<std::uint32_t> power = {static_cast<std::uint32_t>(value),
                                      static_cast<std::uint32_t>(value >> 32U)};
  for (int i = 0; i < 3; ++i) {
    power = squared(power);
  }
  std::int32_t highest = -1;  // bit that is set
  int bits = 0;               // that are set
  for (std::size_t bit = 0; bit < power.size() * 32; ++bit) {
    if ((power[bit / 32] >> (bit % 32) & 1U) != 0) {
      highest = static_cast<std::int32_t>(bit);
      ++bits;
    }
  }
  return bits == 1 ? highest : highest + 1;
}

TEST_CASE("a value's exponential bucket is the first whose upper bound is not below it") {
  CHECK(NativeCounts::indexOf(1) == 0);
  CHECK(NativeCounts::indexOf(2) == 8);
  CHECK(NativeCounts::indexOf(3) == 13);
  CHECK(NativeCounts::indexOf(65000) == 128);
  CHECK(NativeCounts::indexOf(65536) == 128);
  CHECK(NativeCounts::indexOf(65537) == 129);
  CHECK(NativeCounts::indexOf(UINT64_MAX) == 512);
  std::mt19937_64 random(20261127);
  for (int i = 0; i < 20000; ++i) {
    const std::uint64_t value =
        i < 5000 ? std::uint64_t(i) + 1 : (random() >> (random() % 64)) | 1U;
    if (NativeCounts::indexOf(value) != exactIndexOf(value)) {
      CAPTURE(value);
      CHECK(NativeCounts::indexOf(value) == exactIndexOf(value));
    }
  }
}

TEST_CASE("a bound in whole numbers is in its bucket, and the next number is in the next one") {
  for (std::int32_t index = 0; index < 512; ++index) {
    // The largest number with this index, bit by bit.
    std::uint64_t largest = 0;
    for (std::uint64_t bit = std::uint64_t{1} << 63U; bit != 0; bit >>= 1U) {
      largest |= exactIndexOf(largest | bit) <= index ? bit : 0;
    }
    CAPTURE(index, largest);
    CHECK(NativeCounts::indexOf(largest) <= index);
    CHECK(NativeCounts::indexOf(largest + 1) > index);
  }
}

TEST_CASE("exponential buckets have every value, ascending, and zeros apart") {
  std::mt19937_64 random(7);
  BucketCounts counts({10});
  std::map<std::int32_t, std::uint64_t> expected;
  for (int i = 0; i < 3000; ++i) {
    const std::uint64_t value = (random() >> (random() % 64)) | 1U;
    const std::uint64_t times = random() % 3;
    counts.add(value, times);
    if (times > 0) {
      expected[exactIndexOf(value)] += times;
    }
  }
  counts.add(0, 5);
  CHECK(counts.native().zeros() == 5);
  CHECK(counts.native().buckets().size() == expected.size());
  std::uint64_t sum = counts.native().zeros();
  auto at = expected.begin();
  for (const NativeCounts::Bucket& bucket : counts.native().buckets()) {
    CHECK(bucket == NativeCounts::Bucket{at->first, at->second});
    sum += bucket.count;
    ++at;
  }
  CHECK(sum == counts.count());
}

}  // namespace
}  // namespace hardlink
