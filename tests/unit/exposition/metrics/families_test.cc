#include "exposition/metrics/families.h"

#include <set>

#include "support/catch.h"
#include "unit/exposition/literal_report.h"

namespace hardlink {
namespace {

using Lines = std::vector<std::string>;

std::string served(const RootReport& root) { return textOf(metricFamilies(Report{{root}})); }

TEST_CASE("a root before its first census has only counters and whether a census is running") {
  RootReport root;
  root.name = "new";
  root.path = "/srv/new";
  root.status.in_progress = true;
  const std::string text = served(root);
  Lines series = linesStarting(text, "hardlink_");
  CHECK(series.size() == 1 + 3 + kCensusErrorReasons.size() + 1);
  CHECK(linesStarting(text, "hardlink_refresh_mismatches_total") ==
        Lines{"hardlink_refresh_mismatches_total{root=\"new\"} 0"});
  CHECK(linesStarting(text, "hardlink_census_in_progress") ==
        Lines{"hardlink_census_in_progress{root=\"new\"} 1"});
  CHECK(linesStarting(text, "hardlink_censuses_total") ==
        Lines{"hardlink_censuses_total{root=\"new\",result=\"success\"} 0",
              "hardlink_censuses_total{root=\"new\",result=\"failed\"} 0",
              "hardlink_censuses_total{root=\"new\",result=\"timeout\"} 0"});
  CHECK(linesStarting(text, "hardlink_census_errors_total").size() == kCensusErrorReasons.size());
}

TEST_CASE("a root without a successful census is down and has no figures") {
  RootReport root;
  root.name = "gone";
  root.status.up = false;
  root.status.duration_seconds = 0.5;
  root.status.failures = 3;
  const std::string text = served(root);
  CHECK(contains(text, "hardlink_up{root=\"gone\"} 0\n"));
  CHECK(contains(text, "hardlink_census_duration_seconds{root=\"gone\"} 0.5\n"));
  CHECK(contains(text, "hardlink_censuses_total{root=\"gone\",result=\"failed\"} 3\n"));
  CHECK_FALSE(contains(text, "hardlink_max_links"));
  CHECK_FALSE(contains(text, "hardlink_root_info"));
  CHECK_FALSE(contains(text, "hardlink_census_complete"));
  CHECK_FALSE(contains(text, "hardlink_census_last_success_timestamp_seconds"));
  CHECK_FALSE(contains(text, "hardlink_inode_links"));
}

TEST_CASE("a root that failed keeps its last good figures and their timestamp") {
  RootReport root = literalReport().roots[0];
  const std::string before = served(root);
  root.status.up = false;
  root.status.error = "open: Input/output error";
  const std::string after = served(root);
  CHECK(contains(after, "hardlink_up{root=\"docker\"} 0\n"));
  for (const char* metric : {"hardlink_max_links", "hardlink_extractions_remaining",
                             "hardlink_census_last_success_timestamp_seconds"}) {
    CAPTURE(metric);
    CHECK(linesStarting(after, metric).size() == 1);
    CHECK(linesStarting(after, metric) == linesStarting(before, metric));
  }
}

TEST_CASE("without a known limit only limit, headroom and margin are absent") {
  RootReport root = emptyRoot("nfs");
  root.census->max_links = 9;
  LayerReport layer;
  layer.name = "daily.0";
  layer.max_links = 9;
  root.census->tightest_layers = {layer};
  ImageReport image;
  image.image = "app:1";
  root.census->images = {image};
  const std::string text = served(root);
  CHECK(contains(text, "hardlink_max_links{root=\"nfs\"} 9\n"));
  CHECK(contains(text, "hardlink_layer_max_links{root=\"nfs\",layer=\"daily.0\"} 9\n"));
  for (const char* metric :
       {"hardlink_link_limit", "hardlink_headroom_links", "hardlink_extractions_remaining",
        "hardlink_layer_extractions_remaining", "hardlink_layer_links_per_extraction",
        "hardlink_image_extractions_remaining", "hardlink_subdirectory_limit"}) {
    CAPTURE(metric);
    CHECK_FALSE(contains(text, metric));
  }
}

TEST_CASE("an inode over the limit has negative headroom") {
  RootReport root = emptyRoot("a");
  root.census->headroom_links = -7;
  CHECK(contains(served(root), "hardlink_headroom_links{root=\"a\"} -7\n"));
}

TEST_CASE("each limit has its margin, and the one that ends first is named with its place") {
  const Report report = literalReport();
  CHECK(linesStarting(served(report.roots[5]), "hardlink_limit_extractions_remaining") ==
        Lines{"hardlink_limit_extractions_remaining{root=\"small\",limit=\"links\"} 64979",
              "hardlink_limit_extractions_remaining{root=\"small\",limit=\"inodes\"} 67",
              "hardlink_limit_extractions_remaining{root=\"small\",limit=\"space\"} 81"});
  CHECK(linesStarting(served(report.roots[5]), "hardlink_binding_info") ==
        Lines{"hardlink_binding_info{root=\"small\",limit=\"inodes\",layer=\"base\",path=\"\"} 1"});
  CHECK(linesStarting(served(report.roots[3]), "hardlink_binding_info") ==
        Lines{"hardlink_binding_info{root=\"hosts\",limit=\"links\",layer=\"alpha/2024-01-04\","
              "path=\"alpha/2024-01-01/f1\"} 1"});
  for (const std::size_t without_margin : {2U, 7U, 8U}) {
    CHECK_FALSE(contains(served(report.roots[without_margin]), "hardlink_binding_info"));
  }
}

TEST_CASE("directories have series by their path, and full inodes a number and bytes") {
  const Report report = literalReport();
  const std::string docker = served(report.roots[0]);
  CHECK(contains(docker, "hardlink_max_subdirectories{root=\"docker\"} 301\n"));
  CHECK(contains(docker, "hardlink_subdirectory_limit{root=\"docker\"} 64998\n"));
  CHECK(
      linesStarting(docker, "hardlink_hot_directory_subdirectories") ==
      Lines{
          "hardlink_hot_directory_subdirectories{root=\"docker\",path=\".\"} 301",
          "hardlink_hot_directory_subdirectories{root=\"docker\",path=\"odd\\n\\\\xfe/lib\"} 412"});
  const std::string pool = served(report.roots[7]);
  CHECK(contains(pool, "hardlink_saturated_inodes{root=\"pool\"} 4\n"));
  CHECK(contains(pool, "hardlink_saturated_bytes{root=\"pool\"} 12288\n"));
  CHECK_FALSE(contains(pool, "hardlink_subdirectory_limit"));
  CHECK_FALSE(contains(served(report.roots[2]), "hardlink_saturated"));
}

TEST_CASE("bytes have series for the root and for the layers that hold most alone") {
  const Report report = literalReport();
  const std::string backups = served(report.roots[2]);
  CHECK(contains(backups, "hardlink_allocated_bytes{root=\"backups\"} 107374182400\n"));
  CHECK(contains(backups, "hardlink_referenced_bytes{root=\"backups\"} 204010946560\n"));
  CHECK(linesStarting(backups, "hardlink_layer_exclusive_bytes") ==
        Lines{"hardlink_layer_exclusive_bytes{root=\"backups\",layer=\"daily.1\"} 6442450944",
              "hardlink_layer_exclusive_bytes{root=\"backups\",layer=\"daily.0\"} 5368709120"});
  CHECK(contains(served(report.roots[4]), "hardlink_allocated_bytes{root=\"store\"} 0\n"));
  CHECK_FALSE(contains(served(report.roots[5]), "hardlink_allocated_bytes"));
}

TEST_CASE("every series of a root has its name as the first label") {
  const std::string text = textOf(metricFamilies(literalReport()));
  const Lines series = linesStarting(text, "hardlink_");
  CHECK(series.size() > 100);
  for (const std::string& line : series) {
    CAPTURE(line);
    CHECK(contains(line, "{root=\""));
  }
}

TEST_CASE("label values that become equal when they are made valid UTF-8 give one series") {
  RootReport root = emptyRoot("a");
  HotInodeReport raw;
  raw.links = 9;
  raw.path = "x\xff";
  HotInodeReport written_out = raw;
  written_out.links = 8;
  written_out.path = "x\\xff";
  root.census->hot_inodes = {raw, written_out};
  CHECK(linesStarting(served(root), "hardlink_hot_inode_links") ==
        Lines{"hardlink_hot_inode_links{root=\"a\",path=\"x\\\\xff\"} 9"});
}

TEST_CASE("the labels of the configuration follow ours on the root's own series, and only there") {
  RootReport root = emptyRoot("a");
  root.labels = {{"team", "storage \"x\""}, {"tier", "1"}};
  const std::string text = served(root);
  const Lines info = linesStarting(text, "hardlink_root_info");
  REQUIRE(info.size() == 1);
  CHECK(info[0].ends_with(",team=\"storage \\\"x\\\"\",tier=\"1\"} 1"));
  CHECK(text.find("team=") == text.rfind("team="));
}

TEST_CASE("a hot inode without a path has no series") {
  RootReport root = emptyRoot("a");
  root.census->hot_inodes = {HotInodeReport{}};
  CHECK_FALSE(contains(served(root), "hardlink_hot_inode_links"));
}

TEST_CASE("no two series of a report are the same") {
  for (const auto& render : {textOf, openMetricsOf}) {
    Lines names;
    for (const std::string& line :
         linesStarting(render(metricFamilies(literalReport())), "hardlink_")) {
      names.push_back(line.substr(0, line.rfind(' ')));
    }
    const std::set<std::string> distinct(names.begin(), names.end());
    CHECK(distinct.size() == names.size());
  }
}

TEST_CASE("the state of the configuration and the build are always served") {
  const std::string good = textOf(exporterFamilies({true, atUnixTime(1000.5)}));
  CHECK(contains(good, "hardlink_config_last_reload_successful 1\n"));
  CHECK(contains(good, "hardlink_config_last_reload_success_timestamp_seconds 1000.5\n"));
  CHECK(contains(good, "hardlink_exporter_build_info{version=\"" + std::string(kVersion) + "\""));
  const std::string bad = textOf(exporterFamilies({false, atUnixTime(1000.5)}));
  CHECK(contains(bad, "hardlink_config_last_reload_successful 0\n"));
  CHECK(contains(bad, "hardlink_config_last_reload_success_timestamp_seconds 1000.5\n"));
  CHECK_FALSE(contains(bad, "hardlink_scan_interval_seconds"));
}

TEST_CASE("the interval of the configuration in use is served in seconds") {
  const ReloadStatus reload{true, atUnixTime(1000.5), std::chrono::milliseconds(1500)};
  CHECK(contains(textOf(exporterFamilies(reload)), "\nhardlink_scan_interval_seconds 1.5\n"));
}

TEST_CASE("the parts of a response have no metric in common") {
  const auto types = [](const Families& families) {
    return linesStarting(textOf(families), "# TYPE ");
  };
  Lines all = types(metricFamilies(literalReport()));
  for (const Lines& part :
       {types(exporterFamilies(literalReload())), types(processFamilies(literalProcess()))}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  CHECK(std::set<std::string>(all.begin(), all.end()).size() == all.size());
}

}  // namespace
}  // namespace hardlink
