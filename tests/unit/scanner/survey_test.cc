#include "scanner/survey.h"

#include "support/catch.h"
#include "support/temp_tree.h"

namespace hardlink {
namespace {

RootConfig rootAt(const std::string& path) {
  RootConfig root;
  root.path = path;
  root.name = path;
  return root;
}

TEST_CASE("a survey goes from a configured root to the margin of its layers") {
  const TempDir dir;
  plant(dir.path(), {makeDir("s0", {makeFile("f"), makeLinks("g", 9, "s0/f")}),
                     makeDir("s1", {makeLinks("g", 10, "s0/f")})});
  RootConfig root = rootAt(dir.path());
  root.link_limit = 75;
  CensusProgress progress;
  CensusTaker taker;
  const auto survey = surveyRoot(taker, root, {}, {}, progress, {});
  REQUIRE(survey);
  CHECK(survey->report.layout == "snapshots");
  CHECK(survey->report.max_links == 20);
  CHECK(survey->report.headroom_links == 55);
  CHECK(survey->report.extractions_remaining == 5U);
  CHECK(survey->report.filesystem.link_limit_source == "config");
  CHECK_FALSE(survey->report.filesystem.type.empty());
  CHECK(survey->report.inode_links.bounds == MetricsConfig{}.buckets);
}

TEST_CASE(
    "the lists of a report are as long as configured, and the watch has enough all the same") {
  const TempDir dir;
  plant(dir.path(),
        {makeDir("a", {makeFile("f"), makeFile("g")}), makeDir("b", {makeLink("f", "a/f")})});
  SurveySettings settings;
  settings.metrics.hot_inodes = 1;
  settings.metrics.layers = 1;
  CensusProgress progress;
  CensusTaker taker;
  const auto survey = surveyRoot(taker, rootAt(dir.path()), settings, {}, progress, {});
  REQUIRE(survey);
  CHECK(survey->report.hot_inodes.size() == 1);
  CHECK(survey->report.tightest_layers.size() == 1);
  CHECK(survey->census.counts.hot_inodes.size() == 2);
  CHECK(survey->report.layers == 2);
}

TEST_CASE("a root that is missing fails with its path") {
  CensusProgress progress;
  CensusTaker taker;
  const auto survey = surveyRoot(taker, rootAt("/nonexistent/root"), {}, {}, progress, {});
  REQUIRE_FALSE(survey);
  CHECK(survey.error().message().find("/nonexistent/root") != std::string::npos);
}

}  // namespace
}  // namespace hardlink
