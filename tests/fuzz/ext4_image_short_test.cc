// The fuzz target's harness without libFuzzer: the same mutations in every run.

#include <sys/resource.h>

#include <cstdint>
#include <random>
#include <vector>

#include "mutated_images.h"
#include "support/catch.h"

namespace hardlink {
namespace {

constexpr unsigned kRoundsPerImage = 2000;
constexpr unsigned kMostMutations = 24;

/// Random values, of which more are at an edge than by chance.
std::uint8_t someByte(std::mt19937& random) {
  switch (random() % 4) {
    case 0:
      return 0;
    case 1:
      return 0xFF;
    case 2:
      return static_cast<std::uint8_t>(1U << random() % 8);
    default:
      return static_cast<std::uint8_t>(random());
  }
}

std::vector<std::uint8_t> someMutations(std::mt19937& random) {
  std::vector<std::uint8_t> mutations;
  for (auto left = 1 + random() % kMostMutations; left > 0; --left) {
    for (int i = 0; i < 3; ++i) {
      mutations.push_back(static_cast<std::uint8_t>(random()));
    }
    while (mutations.size() % MutableImage::kMutationBytes != 0) {
      mutations.push_back(someByte(random));
    }
  }
  return mutations;
}

TEST_CASE("the images are what the mutations begin from") {
  for (MutableImage& image : makeMutableImages()) {
    const auto counts = image.countMutated({});
    REQUIRE(counts);
    CHECK(counts->layer.names == kNamesInImages);
    CHECK(counts->totals.errors == CensusErrors{});
    CHECK_FALSE(counts->names.empty());
  }
}

TEST_CASE("whatever is overwritten, the reading ends and its sums add up") {
  std::mt19937 random(20260101);  // NOLINT: the same in every run, so that a failure comes again
  for (MutableImage& image : makeMutableImages()) {
    unsigned counted = 0;
    unsigned with_errors = 0;
    for (unsigned round = 0; round < kRoundsPerImage; ++round) {
      CAPTURE(round);
      const auto counts = image.countMutated(someMutations(random));
      if (!counts) {
        continue;
      }
      ++counted;
      with_errors += counts->totals.errors == CensusErrors{} ? 0U : 1U;
      REQUIRE(counts->layer.names == counts->totals.names);
      // Damage can give several names to an inode that says that it has one link.
      REQUIRE(counts->layer.inodes <= counts->layer.names);
    }
    CHECK(counted > kRoundsPerImage / 20);
    CHECK(with_errors > 0);
    CHECK(image.countMutated({})->layer.names == kNamesInImages);
  }
  rusage usage{};
  REQUIRE(getrusage(RUSAGE_SELF, &usage) == 0);
  CHECK(usage.ru_maxrss < 1'000'000);  // KiB; sanitizers keep most of it
}

}  // namespace
}  // namespace hardlink
