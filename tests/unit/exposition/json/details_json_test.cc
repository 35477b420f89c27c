
#include <nlohmann/json.hpp>

#include "exposition/json/json.h"
#include "support/catch.h"
#include "unit/exposition/literal_report.h"

namespace hardlink {
namespace {

using Json = nlohmann::ordered_json;

Json reported() { return Json::parse(renderJson(literalReport()))["roots"][0]; }

TEST_CASE("a layer's details are the same as in the report, with its histogram and its images") {
  const Json root = reported();
  const std::string name = root["tightest_layers"][0]["layer"];
  const auto details = renderLayerDetails(literalReport(), "docker", name);
  REQUIRE(details);
  const Json document = Json::parse(*details);
  CHECK(document["root"] == "docker");
  CHECK(document["link_limit"] == 65000);
  CHECK(document["words"] == root["words"]);
  CHECK(document["layer"] == root["tightest_layers"][0]);
  CHECK(document["binding_file"] == root["hot_inodes"][0]);
  CHECK(document["images"] == Json::array({root["images"][0]}));
  CHECK(document["histograms"]["inode_links"].dump() ==
        R"([{"le":1,"count":0},{"le":2,"count":10},{"le":200,"count":700},)"
        R"({"le":65000,"count":798},{"le":"+Inf","count":798}])");
}

TEST_CASE("a layer is found by its name in the report, also with bytes that are not UTF-8") {
  const auto details = renderLayerDetails(literalReport(), "docker", "caf\\xe9-layer");
  REQUIRE(details);
  const Json document = Json::parse(*details);
  CHECK(document["layer"]["orphan"] == true);
  CHECK(document["images"].empty());
}

TEST_CASE("an inode's details are the same as in the report, with the layers that it binds") {
  const Json root = reported();
  const auto details = renderInodeDetails(literalReport(), "docker", 44);
  REQUIRE(details);
  const Json document = Json::parse(*details);
  CHECK(document["inode"] == 44);
  CHECK(document["file"] == root["hot_inodes"][0]);
  CHECK(document["binds"] == Json::array({root["tightest_layers"][0]}));
  CHECK(document["images"] == Json::array({root["images"][0]}));
  CHECK(document["histograms"]["inode_links"] == root["histograms"]["inode_links"]);
}

TEST_CASE("an inode that binds a layer but is not hot has no file") {
  Report report = literalReport();
  report.roots[0].census->hot_inodes.clear();
  const auto details = renderInodeDetails(report, "docker", 44);
  REQUIRE(details);
  CHECK(Json::parse(*details)["file"].is_null());
  CHECK(Json::parse(*details)["binds"].size() == 1);
}

TEST_CASE("a layer or an inode that is not in the report has no details") {
  const Report report = literalReport();
  CHECK_FALSE(renderLayerDetails(report, "docker", "daily.0"));
  CHECK_FALSE(renderLayerDetails(report, "backups", "caf\\xe9-layer"));
  CHECK_FALSE(renderLayerDetails(report, "nowhere", "daily.0"));
  CHECK_FALSE(renderLayerDetails(report, "spool", "daily.0"));
  CHECK_FALSE(renderInodeDetails(report, "docker", 7));
  CHECK_FALSE(renderInodeDetails(report, "spool", 44));
}

TEST_CASE("an error is an object with a text") {
  CHECK(Json::parse(renderJsonError("a \"b\"")) == Json{{"error", "a \"b\""}});
}

}  // namespace
}  // namespace hardlink
