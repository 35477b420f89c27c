#include "commands/check/alert_range.h"

#include <limits>
#include <string>
#include <vector>

#include "support/catch.h"

namespace hardlink {
namespace {

constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

AlertRange parsed(const std::string& text) {
  CAPTURE(text);
  const Result<AlertRange> range = parseAlertRange(text);
  REQUIRE(range);
  return *range;
}

/// Which of the figures alert.
std::vector<std::int64_t> alerting(const std::string& text,
                                   const std::vector<std::int64_t>& figures) {
  std::vector<std::int64_t> alerting;
  for (const std::int64_t figure : figures) {
    if (parsed(text).alerts(figure)) {
      alerting.push_back(figure);
    }
  }
  return alerting;
}

using Figures = std::vector<std::int64_t>;
const Figures kFigures = {kLeast, -1, 0, 9, 10, 11, 19, 20, 21, kMost};

TEST_CASE("a plain number alerts on fewer, as in check_disk") {
  CHECK(alerting("10", kFigures) == Figures{kLeast, -1, 0, 9});
  CHECK(alerting("0", kFigures) == Figures{kLeast, -1});
  CHECK(parsed("10") == fewerThan(10));
  CHECK(parsed("10").text() == "10:");
}

TEST_CASE("a range alerts outside, its ends not included, as the guidelines say") {
  CHECK(alerting("10:", kFigures) == Figures{kLeast, -1, 0, 9});
  CHECK(alerting("~:10", kFigures) == Figures{11, 19, 20, 21, kMost});
  CHECK(alerting("10:20", kFigures) == Figures{kLeast, -1, 0, 9, 21, kMost});
  CHECK(alerting(":10", kFigures) == Figures{kLeast, -1, 11, 19, 20, 21, kMost});
  CHECK(alerting("0:10", kFigures) == alerting(":10", kFigures));
  CHECK(alerting("-1:10", kFigures) == Figures{kLeast, 11, 19, 20, 21, kMost});
  CHECK(alerting("~:", kFigures).empty());
}

TEST_CASE("a range after @ alerts inside, its ends included") {
  CHECK(alerting("@10:20", kFigures) == Figures{10, 11, 19, 20});
  CHECK(alerting("@10", kFigures) == Figures{0, 9, 10});
  CHECK(alerting("@~:9", kFigures) == Figures{kLeast, -1, 0, 9});
  CHECK(alerting("@20:", kFigures) == Figures{20, 21, kMost});
  CHECK(alerting("@10:10", kFigures) == Figures{10});
}

TEST_CASE("a range is written as the guidelines write it") {
  for (const std::string text : {"10:", "~:10", "10:20", "@10:20", "@~:9", "-5:-1", "~:"}) {
    CHECK(parsed(text).text() == text);
  }
  CHECK(parsed(":10").text() == "0:10");
  CHECK(parsed("@10").text() == "@0:10");
}

TEST_CASE("a text that is no range is refused") {
  for (const std::string text : {"",
                                 "x",
                                 "-1",
                                 "+1",
                                 "1.5",
                                 "10%",
                                 "5 ",
                                 " 5",
                                 "0x10",
                                 "20:10",
                                 "@20:10",
                                 ":",
                                 "@",
                                 "@:",
                                 "~",
                                 "@~",
                                 "~10:",
                                 "1:2:3",
                                 "10:x",
                                 "x:10",
                                 "@@1:2",
                                 "1@:2",
                                 "10:20s",
                                 "9223372036854775808",
                                 "18446744073709551616",
                                 "10:9223372036854775808",
                                 "1:+2",
                                 "~:~"}) {
    CAPTURE(text);
    CHECK_FALSE(parseAlertRange(text));
  }
}

TEST_CASE("a figure beyond 63 bits becomes the largest figure") {
  CHECK(fewerThan(std::numeric_limits<std::uint64_t>::max()).low == kMost);
}

}  // namespace
}  // namespace hardlink
