#include "base/time.h"

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

TEST_CASE("a time that was written is read back, and nothing else is") {
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

TEST_CASE("a time before the epoch rounds down, not towards zero") {
  CHECK(rfc3339Millis(system_clock::time_point{milliseconds(-1)}) == "1969-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace hardlink
