#include "exposition/json/json.h"

#include <limits>
#include <nlohmann/json.hpp>

#include "base/version.h"
#include "support/catch.h"
#include "unit/exposition/literal_report.h"

namespace hardlink {
namespace {

using Json = nlohmann::ordered_json;

Json rendered(const Report& report) { return Json::parse(renderJson(report)); }

std::vector<std::string> keysOf(const Json& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) {
    keys.push_back(key);
  }
  return keys;
}

using Keys = std::vector<std::string>;

TEST_CASE("the fields of the JSON report have fixed names and a fixed order") {
  const Json document = rendered(literalReport());
  CHECK(keysOf(document) == Keys{"version", "roots"});
  CHECK(document["version"] == std::string(kVersion));
  const Json& docker = document["roots"][0];
  CHECK(keysOf(docker) == Keys{"root",
                               "path",
                               "layout",
                               "tool",
                               "layout_reason",
                               "engine",
                               "engine_reason",
                               "filesystem",
                               "up",
                               "error",
                               "complete",
                               "max_links",
                               "headroom_links",
                               "extractions_remaining",
                               "first_limit",
                               "limits",
                               "rounds_remaining",
                               "layers",
                               "inodes",
                               "multilink_inodes",
                               "names",
                               "directories",
                               "fullest_directory",
                               "hot_directories",
                               "saturated_inodes",
                               "saturated_empty_inodes",
                               "saturated_bytes",
                               "allocated_bytes",
                               "referenced_bytes",
                               "census",
                               "series",
                               "links_per_user",
                               "advice",
                               "hot_inodes",
                               "tightest_layers",
                               "images",
                               "image_problems",
                               "orphan_layers",
                               "unfinished_layers",
                               "histograms",
                               "state",
                               "level",
                               "headline",
                               "note",
                               "alarms",
                               "order",
                               "stale",
                               "words",
                               "texts"});
  CHECK(keysOf(docker["filesystem"]) == Keys{"type", "device", "mountpoint", "link_limit",
                                             "link_limit_source", "subdirectory_limit"});
  CHECK(keysOf(docker["census"]) == Keys{"started", "duration_seconds", "errors", "last_success",
                                         "in_progress", "directories_read", "directories_unchanged",
                                         "refresh_mismatches"});
  CHECK(keysOf(docker["census"]["errors"]) ==
        Keys{"permission", "vanished", "io", "loop", "name", "other"});
  CHECK(keysOf(docker["hot_inodes"][0]) == Keys{"inode", "links", "headroom_links", "names_in_root",
                                                "links_outside_root", "layers", "path", "size"});
  CHECK(keysOf(docker["tightest_layers"][0]) ==
        Keys{"layer", "head", "extractions_remaining", "links_per_extraction", "max_links",
             "binding_inode", "images", "orphan", "inodes", "names", "exclusive_bytes"});
  CHECK(keysOf(docker["images"][0]) ==
        Keys{"image", "id", "extractions_remaining", "layers", "own_layers", "links_freed"});
  CHECK(keysOf(docker["histograms"]) == Keys{"inode_links", "layer_links"});
}

TEST_CASE("every known limit is in the report, in its own unit") {
  const Json roots = rendered(literalReport())["roots"];
  CHECK(roots[0]["first_limit"] == "links");
  CHECK(keysOf(roots[0]["limits"][0]) == Keys{"limit", "extractions_remaining", "used", "of",
                                              "remaining", "per_extraction", "layer", "path",
                                              "per_name", "title"});
  CHECK(roots[5]["first_limit"] == "inodes");
  CHECK(roots[5]["limits"][1].dump() ==
        R"({"limit":"inodes","extractions_remaining":67,"used":6000,"of":24000,"remaining":18000,)"
        R"("per_extraction":267,"layer":"base","path":null,"per_name":null,)"
        R"("title":"inodes"})");
  CHECK(roots[2]["first_limit"].is_null());
  CHECK(roots[2]["limits"][0]["extractions_remaining"] == 250);
  CHECK(roots[8]["limits"][1].dump() ==
        R"({"limit":"names_per_directory","extractions_remaining":null,"used":16254,"of":16258,)"
        R"("remaining":4,"per_extraction":null,"layer":null,"path":"d\\xff","per_name":18,)"
        R"("title":"names in a directory"})");
  CHECK(roots[1]["limits"] == Json::array());
}

TEST_CASE("the report has the words for the layers of a root, and the texts of its fields") {
  const Json roots = rendered(literalReport())["roots"];
  CHECK(roots[0]["words"].dump() == R"({"one":"layer","many":"layers"})");
  CHECK(roots[3]["words"].dump() == R"({"one":"snapshot","many":"snapshots"})");
  CHECK(roots[0]["texts"]["headroom"] == "5,703 of 65,000 links left");
  CHECK(roots[0]["texts"]["bar_label"] ==
        "91.2 % of the links are used up; marks at 90 % and 98 %");
  CHECK(roots[3]["texts"]["rounds"] == "0 rounds of all 3 series");
  CHECK(roots[1]["texts"]["layers_left"] == "unknown");
  CHECK(keysOf(roots[1]["texts"]) == keysOf(roots[0]["texts"]));
}

TEST_CASE("the fullest directory and the full inodes are in the report") {
  const Json roots = rendered(literalReport())["roots"];
  CHECK(roots[0]["fullest_directory"].dump() ==
        R"({"path":".","subdirectories":301,"limit":64998})");
  CHECK(roots[0]["filesystem"]["subdirectory_limit"] == 64998);
  CHECK(roots[0]["hot_directories"].size() == 2);
  CHECK(roots[0]["hot_directories"][1].dump() ==
        R"({"path":"odd\n\\xfe/lib","subdirectories":412,"limit":null})");
  CHECK(roots[7]["saturated_inodes"] == 4);
  CHECK(roots[7]["saturated_empty_inodes"] == 1);
  CHECK(roots[7]["saturated_bytes"] == 12288);
  CHECK(roots[2]["saturated_inodes"].is_null());
  CHECK(roots[2]["saturated_bytes"].is_null());
  CHECK(roots[1]["fullest_directory"].is_null());
  CHECK(roots[1]["hot_directories"] == Json::array());
}

TEST_CASE("roots with and without figures have the same fields") {
  const Json document = rendered(literalReport());
  CHECK(keysOf(document["roots"][0]) == keysOf(document["roots"][1]));
  CHECK(keysOf(document["roots"][0]["filesystem"]) == keysOf(document["roots"][1]["filesystem"]));
  CHECK(keysOf(document["roots"][0]["census"]) == keysOf(document["roots"][1]["census"]));
}

TEST_CASE("bytes are in the report of the root and of each of its layers") {
  const Json roots = rendered(literalReport())["roots"];
  CHECK(roots[0]["allocated_bytes"] == 12884901888);
  CHECK(roots[0]["referenced_bytes"] == 515396075520);
  CHECK(roots[0]["tightest_layers"][0]["exclusive_bytes"] == 3329228800);
  CHECK(roots[0]["tightest_layers"][1]["exclusive_bytes"] == 0);
  CHECK(roots[4]["allocated_bytes"] == 0);
  CHECK(roots[1]["allocated_bytes"].is_null());
  CHECK(roots[5]["referenced_bytes"].is_null());
  CHECK(roots[5]["tightest_layers"][0]["exclusive_bytes"].is_null());
}

TEST_CASE("a root without a census has null figures, empty lists and the reason") {
  const Json root = rendered(literalReport())["roots"][1];
  CHECK(root["up"] == false);
  CHECK(root["error"] == "open /srv/spool: No such file or directory");
  CHECK(root["max_links"].is_null());
  CHECK(root["complete"].is_null());
  CHECK(root["filesystem"]["link_limit"].is_null());
  CHECK(root["census"]["last_success"].is_null());
  CHECK(root["census"]["errors"]["permission"].is_null());
  CHECK(root["hot_inodes"] == Json::array());
  CHECK(root["tightest_layers"] == Json::array());
  CHECK(root["images"] == Json::array());
  CHECK(root["orphan_layers"].is_null());
  CHECK(root["unfinished_layers"] == Json::array());
  CHECK(root["histograms"]["inode_links"] == Json::array());
}

TEST_CASE("a root that is up has no error, and before its first census it is neither up nor down") {
  RootReport fresh;
  fresh.name = "fresh";
  const Json roots = rendered(Report{{emptyRoot("a"), fresh}})["roots"];
  CHECK(roots[0]["up"] == true);
  CHECK(roots[0]["error"].is_null());
  CHECK(roots[1]["up"].is_null());
  CHECK(roots[1]["error"].is_null());
  CHECK(roots[1]["census"]["started"].is_null());
}

TEST_CASE("figures that need a limit are null without one") {
  const Json root = rendered(literalReport())["roots"][2];
  CHECK(root["filesystem"]["link_limit"].is_null());
  CHECK(root["headroom_links"].is_null());
  CHECK(root["extractions_remaining"].is_null());
  CHECK(root["hot_inodes"][0]["headroom_links"].is_null());
  CHECK(root["tightest_layers"][0]["binding_inode"].is_null());
  CHECK(root["max_links"] == 30);
}

TEST_CASE("an unknown mount is null") {
  RootReport root = literalReport().roots[0];
  root.census->filesystem.device.clear();
  root.census->filesystem.mountpoint.clear();
  const Json filesystem = rendered(Report{{root}})["roots"][0]["filesystem"];
  CHECK(filesystem["type"] == "ext4");
  CHECK(filesystem["device"].is_null());
  CHECK(filesystem["mountpoint"].is_null());
}

TEST_CASE("histogram counts are cumulative and the last bound is the string +Inf") {
  const Json buckets = rendered(literalReport())["roots"][0]["histograms"]["inode_links"];
  REQUIRE(buckets.size() == 5);
  CHECK(buckets[0] == Json({{"le", 1}, {"count", 108}}));
  CHECK(buckets[3] == Json({{"le", 65000}, {"count", 44198}}));
  CHECK(buckets[4] == Json({{"le", "+Inf"}, {"count", 44198}}));
}

TEST_CASE("names keep their bytes, with escapes for bytes that are not UTF-8") {
  const Json root = rendered(literalReport())["roots"][0];
  const std::string path = root["hot_inodes"][0]["path"];
  CHECK(contains(path, "/o/new\nline \"quoted\" back\\slash \\xff/checksum_type"));
  CHECK(root["tightest_layers"][1]["layer"] == "caf\\xe9-layer");
  CHECK(root["images"][1]["image"] == "registry.example/\\xfe:2");
}

TEST_CASE("orphan is null if no files of Docker's say whether the layer is one") {
  const Json document = rendered(literalReport());
  CHECK(document["roots"][0]["tightest_layers"][0]["orphan"] == false);
  CHECK(document["roots"][0]["tightest_layers"][1]["orphan"] == true);
  CHECK(document["roots"][0]["orphan_layers"] == 1);
  CHECK(document["roots"][0]["unfinished_layers"][1] == "odd\n\\xfe/tmproot1");
  CHECK(document["roots"][2]["tightest_layers"][0]["orphan"].is_null());
  CHECK(document["roots"][2]["orphan_layers"].is_null());
  CHECK(document["roots"][2]["unfinished_layers"] == Json::array());
}

TEST_CASE("the largest figures keep every digit") {
  RootReport root = emptyRoot("a");
  root.census->filesystem.link_limit = std::numeric_limits<std::uint64_t>::max();
  root.census->headroom_links = std::numeric_limits<std::int64_t>::min();
  const Json json = rendered(Report{{root}})["roots"][0];
  CHECK(json["filesystem"]["link_limit"] == std::numeric_limits<std::uint64_t>::max());
  CHECK(json["headroom_links"] == std::numeric_limits<std::int64_t>::min());
}

TEST_CASE("odd reports still give valid JSON") {
  RootReport root = emptyRoot("\xff\xfe");
  root.status.error = "\xc0";
  root.status.duration_seconds = std::numeric_limits<double>::quiet_NaN();
  root.census->inode_links = {{1, 2, 3}, {7}, 1};
  const Json json = rendered(Report{{root}})["roots"][0];
  CHECK(json["root"] == "\\xff\\xfe");
  CHECK(json["census"]["duration_seconds"].is_null());
  CHECK(json["histograms"]["inode_links"].size() == 2);
  CHECK(rendered(Report{})["roots"] == Json::array());
}

}  // namespace
}  // namespace hardlink
