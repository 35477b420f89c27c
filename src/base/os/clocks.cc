#include "base/os/clocks.h"

#include <algorithm>
#include <ctime>
#include <limits>

namespace hardlink::os {
namespace {

std::int64_t readClock(clockid_t clock) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  timespec now{};
  (void)clock_gettime(clock, &now);
  return std::int64_t{now.tv_sec} * kSecond + now.tv_nsec;
}

}  // namespace

std::int64_t fileClockNs() { return readClock(CLOCK_REALTIME_COARSE); }

std::int64_t clockOffsetNs() {
  // Whatever passes between two calls makes the difference too large, so the least is right.
  constexpr int kAttempts = 5;
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  for (int i = 0; i < kAttempts; ++i) {
    const std::int64_t since_start = readClock(CLOCK_BOOTTIME);
    least = std::min(least, readClock(CLOCK_REALTIME) - since_start);
  }
  return least;
}

}  // namespace hardlink::os
