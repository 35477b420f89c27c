#include "commands/preflight/preflight_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "support/catch.h"

namespace hardlink {
namespace {

const std::string kId = "sha256:" + std::string(64, 'a');

ImagePreflight image(const std::string& tag, std::uint64_t layers, std::uint64_t present) {
  ImagePreflight preflight;
  preflight.tags = {tag};
  preflight.id = kId;
  preflight.layers = layers;
  preflight.present_layers = present;
  preflight.deepest_present = present > 0 ? std::string(64, 'b') : "";
  preflight.margin_before = present > 0 ? std::optional<std::uint64_t>(28) : std::nullopt;
  preflight.fitting_layers = layers - present;
  preflight.margin_after = 5;
  return preflight;
}

Preflight preflightOf(std::vector<ImagePreflight> images) {
  Preflight preflight;
  preflight.archive = "app.tar";
  preflight.format = "docker-save";
  preflight.root = "/var/lib/docker/overlay";
  preflight.filesystem.type = "ext4";
  preflight.filesystem.link_limit = 65000;
  preflight.filesystem.link_limit_source = "kernel";
  preflight.images = std::move(images);
  return preflight;
}

ImagePreflight failing(ExtractionFailure failure) {
  ImagePreflight preflight = image("app:4", 30, 1);
  preflight.fitting_layers = 28;
  preflight.margin_after = std::nullopt;
  preflight.failure = std::move(failure);
  return preflight;
}

bool contains(const std::string& text, const std::string& part) {
  CAPTURE(text, part);
  return text.find(part) != std::string::npos;
}

TEST_CASE("the verdict names the layer that fails, the file, and the links") {
  const std::string table =
      renderPreflight(preflightOf({failing({"var/lib/a\n", Limit::links, 197, 186})}), {});
  CHECK(table ==
        "app.tar into /var/lib/docker/overlay\n"
        "  Image     app:4 (" +
            kId +
            ")\n"
            "  Layers    30 in all, 1 there already (up to " +
            std::string(64, 'b') +
            "), 29 new\n"
            "  Margin    28 more layers fit on top of what is there\n"
            "  Limit     65,000 links per file on ext4, from kernel\n"
            "  Verdict   no: layer 29 of 29 new ones would need 197 links of root/var/lib/a\\n, "
            "186 are left\n");
}

TEST_CASE("what has nothing to do with links is a reason of its own") {
  const Preflight preflight = preflightOf({failing({.path = "b", .reason = "a hard link to c"})});
  CHECK(contains(renderPreflight(preflight, {}),
                 "no: layer 29 of 29 new ones cannot be extracted: root/b: a hard link to c\n"));
  const auto json = nlohmann::json::parse(renderPreflightJson(preflight));
  CHECK(json["images"][0]["failure"]["links_needed"].is_null());
  CHECK(json["images"][0]["failure"]["reason"] == "a hard link to c");
  CHECK(json["images"][0]["failure"]["limit"].is_null());
}

TEST_CASE("where inodes or space end first, the verdict says so and where Docker would stop") {
  ImagePreflight by_inodes = failing({"usr/share/a\n", Limit::inodes, 273, 1});
  by_inodes.left.inodes = Quota{24'000, 9000};
  by_inodes.needed = {9001, 5'000'000};
  const Preflight preflight = preflightOf({by_inodes});
  const std::string table = renderPreflight(preflight, {});
  CHECK(contains(table,
                 "no: layer 29 of 29 new ones would need 273 inodes, 1 is left: Docker would stop "
                 "at root/usr/share/a\\n\n"));
  CHECK(contains(table, "  Room      needs more than 9,000 of the 9,000 inodes that are left\n"));
  const auto json = nlohmann::json::parse(renderPreflightJson(preflight))["images"][0];
  CHECK(json["failure"]["limit"] == "inodes");
  CHECK(json["failure"]["needed"] == 273);
  CHECK(json["failure"]["left"] == 1);
  CHECK(json["failure"]["links_needed"].is_null());
  CHECK(json["failure"]["links_left"].is_null());
  CHECK(json["failure"]["reason"] == "no space left on device");
  CHECK(json["inodes_needed"] == 9001);
  CHECK(json["inodes_left"] == 9000);
  CHECK(json["bytes_needed"].is_null());
  CHECK(json["bytes_left"].is_null());

  CHECK(contains(renderPreflight(preflightOf({failing({"a", Limit::space, 8192, 4096})}), {}),
                 "no: layer 29 of 29 new ones would need 8,192 bytes of space, 4,096 are left: "
                 "Docker would stop at root/a\n"));
  CHECK(contains(renderPreflight(preflightOf({failing({"", Limit::subdirectories, 1, 0})}), {}),
                 "would need 1 more subdirectory of overlay, 0 are left\n"));
}

TEST_CASE("an archive that cannot be unpacked fails before its first layer") {
  ImagePreflight image = failing({"", Limit::space, 2'000'000, 1'000'000, "unpack the archive"});
  image.fitting_layers = 0;
  CHECK(contains(renderPreflight(preflightOf({image}), {}),
                 "no: to unpack the archive, Docker would need 2,000,000 bytes of space, 1,000,000 "
                 "are left\n"));
  const auto json = nlohmann::json::parse(renderPreflightJson(preflightOf({image})))["images"][0];
  CHECK(json["failure"]["new_layer"].is_null());
  CHECK(json["failure"]["limit"] == "space");
}

TEST_CASE("preflight says which inodes and bytes an image needs and how many are free") {
  ImagePreflight fits = image("app:4", 29, 1);
  fits.needed = {1234, 5'678'901};
  CHECK_FALSE(contains(renderPreflight(preflightOf({fits}), {}), "Room"));
  fits.left.inodes = Quota{24'000, 9000};
  fits.left.bytes = Quota{1'000'000'000, 400'000'000};
  CHECK(contains(renderPreflight(preflightOf({fits}), {}),
                 "  Room      needs 1,234 of the 9,000 inodes and 5.4 MiB of the 381 MiB that are "
                 "left\n"));
  const auto json = nlohmann::json::parse(renderPreflightJson(preflightOf({fits})))["images"][0];
  CHECK(json["failure"].is_null());
  CHECK(json["bytes_needed"] == 5'678'901);
  CHECK(json["bytes_left"] == 400'000'000);
}

TEST_CASE("an image that fits says what is left on top of it, and in the root") {
  Preflight preflight = preflightOf({image("app:4", 29, 1)});
  preflight.root_margin_after = 1;
  const std::string table = renderPreflight(preflight, {});
  CHECK(contains(table, "Verdict   yes: 28 new layers, which all fit\n"));
  CHECK(contains(table, "on top of what is there; afterwards 5 on top of the image\n"));
  CHECK(contains(table, "Root      afterwards 1 more layer is sure to fit"));
  CHECK(contains(renderPreflight(preflightOf({image("app:4", 3, 3)}), {}),
                 "yes: all its layers are there already"));
  CHECK(contains(renderPreflight(preflightOf({image("app:4", 3, 0)}), {}),
                 "Margin    nothing to build on; afterwards 5"));
}

TEST_CASE("two images have a verdict each and one together") {
  ImagePreflight second = image("b:1", 9, 0);
  second.shared_layers = 4;
  second.margin_before = 8;
  second.fitting_layers = 5;
  const std::string table = renderPreflight(preflightOf({image("a:1", 3, 0), second}), {});
  CHECK(contains(table, "4 made for an image before it, 5 new\n"));
  CHECK(contains(table, "            yes: 3 new layers, which all fit\n"));
  CHECK(contains(table, "  Verdict   yes: 2 images with 8 new layers, which all fit\n"));
}

TEST_CASE("JSON has every figure, and null for those that are not known") {
  const auto json = nlohmann::json::parse(
      renderPreflightJson(preflightOf({failing({"a\xff", Limit::links, 197, 186})})));
  CHECK(json["fits"] == false);
  CHECK(json["filesystem"]["link_limit"] == 65000);
  CHECK(json["root_extractions_remaining_after"].is_null());
  const auto& only = json["images"][0];
  CHECK(only["image"] == "app:4");
  CHECK(only["new_layers"] == 29);
  CHECK(only["fitting_layers"] == 28);
  CHECK(only["extractions_remaining_before"] == 28);
  CHECK(only["extractions_remaining_after"].is_null());
  CHECK(only["failure"]["new_layer"] == 29);
  CHECK(only["failure"]["path"] == "a\\xff");
  CHECK(only["failure"]["limit"] == "links");
  CHECK(only["failure"]["needed"] == 197);
  CHECK(only["failure"]["links_needed"] == 197);
  CHECK(only["failure"]["left"] == 186);
  CHECK(only["failure"]["links_left"] == 186);
}

TEST_CASE("where the locale is not UTF-8 a preflight is ASCII") {
  Preflight preflight =
      preflightOf({image("\u00e9:1", 3, 1), failing({.path = "caf\u00e9", .reason = "\u4e2d"})});
  preflight.archive = "\u00e9.tar";
  preflight.root = "/\u00e9";
  preflight.images[0].deepest_present = "\u00e9";
  const std::string text = renderPreflight(preflight, {.width = 0, .utf8 = false});
  CAPTURE(text);
  CHECK(std::all_of(text.begin(), text.end(),
                    [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
  CHECK(contains(text, "root/caf\\xc3\\xa9"));
}

}  // namespace
}  // namespace hardlink
