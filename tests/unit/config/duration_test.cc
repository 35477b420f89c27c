#include "config/duration.h"

#include <string>

#include "support/catch.h"

namespace hardlink {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TEST_CASE("durations are numbers with units, from the longest unit to the shortest") {
  CHECK(parseDuration("500ms") == milliseconds(500));
  CHECK(parseDuration("15s") == seconds(15));
  CHECK(parseDuration("5m") == minutes(5));
  CHECK(parseDuration("1h30m") == minutes(90));
  CHECK(parseDuration("1d") == hours(24));
  CHECK(parseDuration("2w") == hours(2 * 7 * 24));
  CHECK(parseDuration("10y") == hours(10 * 365 * 24));
  CHECK(parseDuration("1m0s1ms") == milliseconds(60001));
}

TEST_CASE("a text that is no duration is refused, not guessed") {
  for (const std::string text : {"",
                                 "5",
                                 "s",
                                 "5 m",
                                 " 5m",
                                 "5m ",
                                 "-5m",
                                 "+5m",
                                 "1.5h",
                                 "5M",
                                 "30m1h",
                                 "1h1h",
                                 "5min",
                                 "0s",
                                 "0",
                                 "0x5s",
                                 "5ms5",
                                 "10y1ms",
                                 "11y",
                                 "99999999999999999999s",
                                 "9223372036854775807s",
                                 "1h30",
                                 "m5"}) {
    CAPTURE(text);
    CHECK_FALSE(parseDuration(text));
  }
}

TEST_CASE("a percentage above 0% and up to 100% is a share") {
  CHECK(parsePercentage("25%") == 0.25);
  CHECK(parsePercentage("100%") == 1.0);
  CHECK(parsePercentage("0.5%") == 0.005);
}

TEST_CASE("a text that is no percentage is refused, not guessed") {
  for (const std::string text : {"", "%", "25", "0.25", "0%", "0.0%", "100.1%", "-5%", "+5%", "5 %",
                                 " 5%", "5%%", "nan%", "inf%", "1e1%", "0x5%"}) {
    CAPTURE(text);
    CHECK_FALSE(parsePercentage(text));
  }
}

}  // namespace
}  // namespace hardlink
