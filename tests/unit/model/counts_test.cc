#include "model/counts.h"

#include <algorithm>
#include <random>

#include "support/catch.h"

namespace hardlink {
namespace {

TEST_CASE("an inode with fewer links and fewer names than another never stays on the frontier") {
  PressureFrontier frontier;
  frontier.offer({1, 100, 5});
  frontier.offer({2, 90, 4});
  frontier.offer({3, 200, 1});
  frontier.offer({4, 100, 6});
  CHECK(frontier.entries() == std::vector<LinkPressure>{{4, 100, 6}, {3, 200, 1}});
}

TEST_CASE("of equal inodes the frontier keeps the lowest number, whatever the order") {
  PressureFrontier frontier;
  frontier.offer({9, 10, 2});
  frontier.offer({3, 10, 2});
  frontier.offer({5, 10, 2});
  CHECK(frontier.entries() == std::vector<LinkPressure>{{3, 10, 2}});
}

TEST_CASE("an inode that equals another only in links or only in names does not replace it") {
  PressureFrontier frontier;
  frontier.offer({9, 10, 5});
  frontier.offer({3, 10, 4});
  frontier.offer({4, 8, 5});
  CHECK(frontier.entries() == std::vector<LinkPressure>{{9, 10, 5}});
}

TEST_CASE("the frontier's minimum is the minimum over all inodes, for any limit") {
  std::mt19937_64 random(20261123);
  for (int round = 0; round < 200; ++round) {
    std::vector<LinkPressure> inodes;
    PressureFrontier frontier;
    const std::size_t count = 1 + random() % 60;
    for (std::size_t i = 0; i < count; ++i) {
      inodes.push_back({i, 1 + random() % 300, 1 + random() % 20});
      frontier.offer(inodes.back());
    }
    for (const std::uint64_t limit : {100U, 300U, 65000U}) {
      const auto margin = [&](const LinkPressure& p) {
        return limit > p.links ? (limit - p.links) / p.names : 0;
      };
      const auto least = [&](const std::vector<LinkPressure>& of) {
        std::uint64_t result = ~std::uint64_t{0};
        for (const LinkPressure& p : of) result = std::min(result, margin(p));
        return result;
      };
      REQUIRE(least(frontier.entries()) == least(inodes));
    }
    REQUIRE(std::is_sorted(frontier.entries().begin(), frontier.entries().end(),
                           [](const auto& a, const auto& b) { return a.links < b.links; }));
  }
}

}  // namespace
}  // namespace hardlink
