#include "roots/count_root.h"

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

TEST_CASE("counting a configured root gives the margin of its layers") {
  const TempDir dir;
  plant(dir.path(), {makeDir("daily.0", {makeFile("f"), makeLinks("g", 9, "daily.0/f")}),
                     makeDir("daily.1", {makeLinks("g", 10, "daily.0/f")})});
  RootConfig root = rootAt(dir.path());
  root.link_limit = 75;
  CensusProgress progress;
  CensusTaker taker;
  const auto counted = countRoot(taker, censusRequest(root, {}, {}), {}, progress, {});
  REQUIRE(counted);
  CHECK(counted->report.layout == "snapshots");
  CHECK(counted->report.max_links == 20);
  CHECK(counted->report.headroom_links == 55);
  CHECK(counted->report.extractions_remaining == 5U);
  CHECK(counted->report.filesystem.link_limit_source == "config");
  CHECK_FALSE(counted->report.filesystem.type.empty());
  CHECK(counted->report.inode_links.bounds == MetricsConfig{}.buckets);
}

TEST_CASE("the lists of a report have the configured length, and the watch gets more inodes") {
  const TempDir dir;
  plant(dir.path(),
        {makeDir("1", {makeFile("f"), makeFile("g")}), makeDir("2", {makeLink("f", "1/f")})});
  CensusSettings settings;
  settings.metrics.hot_inodes = 1;
  settings.metrics.layers = 1;
  CensusProgress progress;
  CensusTaker taker;
  const auto counted =
      countRoot(taker, censusRequest(rootAt(dir.path()), settings, {}), settings, progress, {});
  REQUIRE(counted);
  CHECK(counted->report.hot_inodes.size() == 1);
  CHECK(counted->report.tightest_layers.size() == 1);
  CHECK(counted->census.counts.hot_inodes.size() == 2);
  CHECK(counted->report.layers == 2);
}

TEST_CASE("hosts with snapshots are series, and a round is one more snapshot of each") {
  const TempDir dir;
  plant(dir.path(), {makeFile("seed")});
  for (const char* host : {"alpha", "beta", "gamma"}) {
    for (const char* date : {"2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"}) {
      plant(dir.path(), {makeDir(host, {makeDir(date, {makeLinks("f", 3, "seed")})})});
    }
  }
  RootConfig root = rootAt(dir.path());
  root.link_limit = 45;
  CensusProgress progress;
  CensusTaker taker;
  const auto counted = countRoot(taker, censusRequest(root, {}, {}), {}, progress, {});
  REQUIRE(counted);
  const CensusReport& report = counted->report;
  CHECK(report.max_links == 37);
  CHECK(report.layers == 12);
  CHECK(report.extractions_remaining == 2U);
  CHECK(report.rounds_remaining == 0U);
  CHECK(report.tool == "rsync");
  CHECK_FALSE(report.layout_reason.empty());
  REQUIRE(report.series.size() == 3);
  CHECK(report.series[0] == SeriesReport{"alpha", 4, "alpha/2024-01-04", 2});
  CHECK(report.tightest_layers.at(2).name == "gamma/2024-01-04");
  CHECK(report.tightest_layers.at(2).head);
  CHECK_FALSE(report.tightest_layers.at(3).head);
}

TEST_CASE("a store that only the census recognises has the links that one more user takes") {
  const TempDir dir;
  plant(dir.path(), {makeDir("pool"), makeDir("one"), makeDir("two"), makeDir("beside")});
  for (int i = 0; i < 9; ++i) {
    const std::string number = std::to_string(i);
    const std::string file = "pool/" + number;
    plant(dir.path(),
          {makeDir("pool", {makeFile(number)}),
           makeDir("one", {makeDir("bin", {makeLinks(number, 2, file)})}),
           makeDir("two", {makeDir("lib", {makeLinks(number, i == 0 ? 5 : 1, file)})})});
  }
  CensusProgress progress;
  CensusTaker taker;
  const auto counted =
      countRoot(taker, censusRequest(rootAt(dir.path()), {}, {}), {}, progress, {});
  REQUIRE(counted);
  CHECK(counted->report.layout == "store");
  CHECK(counted->census.farm.users == std::vector<std::string>{"one", "two"});
  CHECK(counted->report.links_per_user == 5U);
  CHECK_FALSE(counted->report.extractions_remaining);
}

TEST_CASE("the error about a missing root has its path") {
  CensusProgress progress;
  CensusTaker taker;
  const auto counted =
      countRoot(taker, censusRequest(rootAt("/nonexistent/root"), {}, {}), {}, progress, {});
  REQUIRE_FALSE(counted);
  CHECK(counted.error().message().find("/nonexistent/root") != std::string::npos);
}

}  // namespace
}  // namespace hardlink
