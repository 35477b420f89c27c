
#include <string>

#include "exposition/json/json.h"
#include "report/alarms.h"
#include "support/catch.h"
#include "unit/exposition/literal_report.h"

namespace hardlink {
namespace {

/// A root with `from` in its JSON replaced by `to`.
std::string edited(const std::string& from, const std::string& to) {
  const std::string root = R"({"roots": [{"root": "docker", "path": "/srv", "up": true,
    "error": null, "complete": true, "layers": 301, "headroom_links": 5703,
    "extractions_remaining": 28, "filesystem": {"link_limit": 65000},
    "census": {"last_success": "2026-11-23T12:00:00Z"}}]})";
  const std::size_t at = root.find(from);
  REQUIRE(at != std::string::npos);
  return root.substr(0, at) + to + root.substr(at + from.size());
}

std::string problemOf(const std::string& json) {
  const Result<Report> report = parseReport(json);
  return report ? "" : report.error().message();
}

TEST_CASE("a report that was rendered is read back") {
  const Report literal = literalReport();
  const Result<Report> read = parseReport(renderJson(literal));
  REQUIRE(read);
  REQUIRE(read->roots.size() == literal.roots.size());
  for (std::size_t i = 0; i < literal.roots.size(); ++i) {
    const RootReport& want = literal.roots[i];
    const RootReport& got = read->roots[i];
    CAPTURE(want.name);
    CHECK(got.status.up == want.status.up);
    REQUIRE(got.census.has_value() == want.census.has_value());
    CHECK(got.status.last_success.has_value() == want.status.last_success.has_value());
    if (want.status.last_success) {
      CHECK(*got.status.last_success ==
            std::chrono::floor<std::chrono::seconds>(*want.status.last_success));
    }
    if (want.census) {
      CHECK(got.census->complete == want.census->complete);
      CHECK(got.census->layers == want.census->layers);
      CHECK(got.census->headroom_links == want.census->headroom_links);
      CHECK(got.census->extractions_remaining == want.census->extractions_remaining);
      CHECK(got.census->filesystem.link_limit == want.census->filesystem.link_limit);
      CHECK(got.census->layout == want.census->layout);
      CHECK(got.census->rounds_remaining == want.census->rounds_remaining);
      CHECK(got.census->series == want.census->series);
      CHECK(got.census->first_limit == want.census->first_limit);
      CHECK(got.census->saturated == want.census->saturated);
      CHECK(judgedHeadroom(*got.census) == judgedHeadroom(*want.census));
      CHECK((exhaustedNames(*got.census) == nullptr) == (exhaustedNames(*want.census) == nullptr));
      REQUIRE(got.census->limits.size() == want.census->limits.size());
      for (std::size_t each = 0; each < want.census->limits.size(); ++each) {
        CHECK(got.census->limits[each].limit == want.census->limits[each].limit);
        CHECK(got.census->limits[each].remaining == want.census->limits[each].remaining);
        CHECK(got.census->limits[each].per_name == want.census->limits[each].per_name);
      }
    }
  }
}

TEST_CASE("unknown fields are ignored") {
  const Result<Report> report = parseReport(edited("\"up\"", "\"mood\": [{\"a\": 1.5}], \"up\""));
  REQUIRE(report);
  CHECK(report->roots.at(0).name == "docker");
  CHECK(report->roots.at(0).census.value().extractions_remaining == 28);
}

TEST_CASE("an older daemon writes no rounds and no series, and its layout is not needed") {
  const Result<Report> report = parseReport(edited("28", "28"));
  REQUIRE(report);
  const CensusReport& census = report->roots.at(0).census.value();
  CHECK(census.layout.empty());
  CHECK_FALSE(census.rounds_remaining);
  CHECK(census.series.empty());
  CHECK_FALSE(census.first_limit);
  CHECK(census.limits.empty());
  CHECK_FALSE(census.saturated);
}

TEST_CASE("reading a report ignores unknown limits and refuses malformed ones") {
  const auto with = [](const std::string& fields) {
    return parseReport(edited("\"up\"", fields + ", \"up\""));
  };
  const std::string inodes = R"({"limit": "inodes", "extractions_remaining": 7, "used": 1, "of": 9,
                                 "remaining": 8, "per_extraction": 1, "layer": "a", "path": null})";
  const std::string newer = R"({"limit": "names", "extractions_remaining": null, "used": 1, "of": 9,
                                "remaining": -8, "path": "p"})";
  const Result<Report> read = with("\"first_limit\": \"inodes\", \"limits\": [" + newer + ", " +
                                   inodes + "], \"saturated_inodes\": 3");
  REQUIRE(read);
  const CensusReport& census = read->roots.at(0).census.value();
  CHECK(census.first_limit == Limit::inodes);
  REQUIRE(census.limits.size() == 1);
  CHECK(census.limits[0].extractions_remaining == 7);
  CHECK(census.saturated == SaturatedInodes{3, 0, 0});
  CHECK_FALSE(with("\"first_limit\": \"names\"")->roots.at(0).census->first_limit);
  for (const char* const wrong :
       {"\"first_limit\": 1", "\"limits\": {}", "\"limits\": null", "\"limits\": [{}]",
        "\"saturated_inodes\": -1", "\"hot_inodes\": [7]"}) {
    CAPTURE(wrong);
    CHECK_FALSE(with(wrong));
  }
}

TEST_CASE("fields that an older daemon does not write are checked if they are there") {
  const auto with = [](const std::string& field) {
    return problemOf(edited("\"up\"", field + ", \"up\""));
  };
  const std::string series = R"({"series": "a", "snapshots": 4, "head": "a/4",
                                 "extractions_remaining": 2})";
  CHECK(with("\"series\": [" + series + "], \"rounds_remaining\": 0, \"layout\": \"snapshots\"")
            .empty());
  CHECK(with("\"series\": [], \"rounds_remaining\": null, \"layout\": null").empty());
  CHECK(with("\"rounds_remaining\": -1") == "no report: roots[0].rounds_remaining is invalid");
  CHECK(with("\"layout\": 7") == "no report: roots[0].layout is invalid");
  for (const std::string& wrong : {std::string("null"), std::string("{}"), std::string("[1]"),
                                   std::string("[{}]"), "[" + series + ", {\"series\": \"b\"}]"}) {
    CAPTURE(wrong);
    CHECK(with("\"series\": " + wrong) == "no report: roots[0].series is invalid");
  }
}

TEST_CASE("null means not known, and the error of a root is read") {
  const Result<Report> report = parseReport(
      edited("\"up\": true,\n    \"error\": null", "\"up\": false, \"error\": \"gone\""));
  REQUIRE(report);
  CHECK(report->roots.at(0).status.up == false);
  CHECK(report->roots.at(0).status.error == "gone");
  const Result<Report> unlimited =
      parseReport(edited("{\"link_limit\": 65000}", "{\"link_limit\": null}"));
  REQUIRE(unlimited);
  CHECK_FALSE(unlimited->roots.at(0).census.value().filesystem.link_limit);
}

TEST_CASE("headroom may be negative, and nothing else") {
  const Result<Report> report = parseReport(edited("5703", "-3"));
  REQUIRE(report);
  CHECK(report->roots.at(0).census.value().headroom_links == -3);
  CHECK(problemOf(edited("28", "-3")) == "no report: roots[0].extractions_remaining is invalid");
}

TEST_CASE("a needed field that is missing or of another type is an error") {
  CHECK(problemOf(edited("\"up\"", "\"UP\"")) == "no report: roots[0].up is missing");
  CHECK(problemOf(edited("\"last_success\"", "\"last\"")) ==
        "no report: roots[0].census.last_success is missing");
  for (const char* const wrong :
       {"\"28\"", "28.0", "true", "[]", "{}", "1e400", "99999999999999999999"}) {
    CAPTURE(wrong);
    CHECK_FALSE(problemOf(edited("28", wrong)).empty());
  }
  CHECK_FALSE(problemOf(edited("5703", "18446744073709551615")).empty());
  CHECK_FALSE(problemOf(edited("\"up\": true", "\"up\": 1")).empty());
  CHECK_FALSE(problemOf(edited("\"docker\"", "null")).empty());
  CHECK_FALSE(problemOf(edited("{\"link_limit\": 65000}", "65000")).empty());
  for (const char* const time :
       {"2026-11-23 12:00:00Z", "2026-02-31T12:00:00Z", "", "now", "2026-11-23T12:00:00Zx",
        "2426-11-23T12:00:00Z", "9999-12-31T23:59:59Z", "1676-01-01T00:00:00Z",
        "99999-11-23T12:00:00Z", "-2026-11-23T12:00:00Z"}) {
    CAPTURE(time);
    CHECK_FALSE(problemOf(edited("2026-11-23T12:00:00Z", time)).empty());
  }
}

TEST_CASE("any other document is refused") {
  CHECK(problemOf("") == "not JSON");
  CHECK(problemOf("<html>") == "not JSON");
  CHECK(problemOf(edited("28", "28").substr(0, 100)) == "not JSON");
  CHECK(problemOf(edited("docker", "do\xff")) == "not JSON");
  for (const char* const other :
       {"null", "1", "[]", "{}", "{\"roots\": {}}", "{\"roots\": null}"}) {
    CAPTURE(other);
    CHECK(problemOf(other) == "no report: there is no list of roots");
  }
  CHECK(problemOf("{\"roots\": [1]}") == "no report: roots[0] is not an object");
  CHECK(problemOf("{\"roots\": [{}]}") == "no report: roots[0].root is missing");
}

TEST_CASE("a document with very deep nesting is refused") {
  CHECK(problemOf(std::string(1'000'000, '[')) == "not JSON");
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  CHECK(problemOf(edited("28", deep)) == "no report: roots[0].extractions_remaining is invalid");
}

}  // namespace
}  // namespace hardlink
