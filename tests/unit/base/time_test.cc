#include "base/time.h"

#include <limits>

#include "support/catch.h"

namespace hardlink {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

TEST_CASE("a time is written in UTC as RFC 3339") {
  const system_clock::time_point time{milliseconds(1'795'435'200'007)};
  CHECK(rfc3339(time) == "2026-11-23T12:00:00Z");
  CHECK(rfc3339Millis(time) == "2026-11-23T12:00:00.007Z");
  CHECK(unixSeconds(time) == Approx(1'795'435'200.007).epsilon(1e-12));
}

TEST_CASE("a time is parsed only in the form in which it is written") {
  const system_clock::time_point time{std::chrono::seconds(1'795'435'200)};
  CHECK(parseRfc3339("2026-11-23T12:00:00Z") == time);
  CHECK(parseRfc3339(rfc3339(system_clock::time_point{})) == system_clock::time_point{});
  for (const char* const text :
       {"", "2026-11-23", "2026-11-23T12:00:00", "2026-11-23T12:00:00ZZ", " 2026-11-23T12:00:00Z",
        "2026-11-23T12:00:00+01:00", "2026-02-30T12:00:00Z", "2026-1-3T12:00:00Z"}) {
    CAPTURE(text);
    CHECK_FALSE(parseRfc3339(text));
  }
}

TEST_CASE("a time that the clock cannot hold is refused") {
  // The last and the first second that it holds in full.
  CHECK(parseRfc3339("2262-04-11T23:47:15Z"));
  CHECK(parseRfc3339("1677-09-21T00:12:45Z"));
  for (const char* const text :
       {"2262-04-11T23:47:17Z", "2426-11-23T12:00:00Z", "9999-12-31T23:59:59Z",
        "1677-09-21T00:12:42Z", "0001-01-01T00:00:00Z", "0000-01-01T00:00:00Z"}) {
    CAPTURE(text);
    CHECK_FALSE(parseRfc3339(text));
  }
}

TEST_CASE("a file time that the clock cannot hold becomes its first or its last time") {
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();
  constexpr std::uint32_t kLastNanosecond = 999'999'999;
  CHECK(timeFromUnix(1'795'435'200, 7'000'000) ==
        system_clock::time_point{milliseconds(1'795'435'200'007)});
  CHECK(timeFromUnix(-1, 0) == system_clock::time_point{milliseconds(-1000)});
  CHECK(timeFromUnix(kMost, kLastNanosecond) == system_clock::time_point::max());
  CHECK(timeFromUnix(kLeast, 0) == system_clock::time_point::min());
  // Around its ends, a later file time never becomes an earlier time.
  constexpr std::int64_t kEnd = kMost / 1'000'000'000;
  for (std::int64_t seconds = kEnd - 2; seconds < kEnd + 2; ++seconds) {
    CHECK(timeFromUnix(seconds, kLastNanosecond) <= timeFromUnix(seconds + 1, 0));
    CHECK(timeFromUnix(-seconds - 1, kLastNanosecond) <= timeFromUnix(-seconds, 0));
  }
}

TEST_CASE("a time before the epoch rounds down, not towards zero") {
  CHECK(rfc3339Millis(system_clock::time_point{milliseconds(-1)}) == "1969-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace hardlink
