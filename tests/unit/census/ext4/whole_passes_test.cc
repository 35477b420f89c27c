#include <chrono>

#include "census/ext4/ext4_watch.h"
#include "support/catch.h"

namespace hardlink {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kFew = 4096;
const WholePasses::Time kStart = WholePasses::Time() + 1h;

TEST_CASE("the first whole pass may begin at any time") {
  CHECK(WholePasses().mayBegin(kStart, kFew, 0.25));
  CHECK(WholePasses().mayBegin(kStart, 0, 0.001));
}

TEST_CASE("a whole pass never reads more than the bound") {
  CHECK(WholePasses().mayBegin(kStart, 64U << 20U, 1.0));
  CHECK_FALSE(WholePasses().mayBegin(kStart, (64U << 20U) + 1, 1.0));
}

TEST_CASE("whole passes take no larger share of the time than max_duty") {
  WholePasses passes;
  passes.ended(kStart, kStart + 5s);
  CHECK_FALSE(passes.mayBegin(kStart + 19s, kFew, 0.25));
  CHECK(passes.mayBegin(kStart + 20s, kFew, 0.25));
  CHECK_FALSE(passes.mayBegin(kStart + 20s, kFew, 0.125));
  CHECK(passes.mayBegin(kStart + 40s, kFew, 0.125));
  CHECK(passes.mayBegin(kStart + 5s, kFew, 1.0));

  SECTION("by the duration of the last one") {
    passes.ended(kStart + 20s, kStart + 20s + 1ms);
    CHECK_FALSE(passes.mayBegin(kStart + 20s + 3ms, kFew, 0.25));
    CHECK(passes.mayBegin(kStart + 20s + 4ms, kFew, 0.25));
  }
}

}  // namespace
}  // namespace hardlink
