#include <nlohmann/json.hpp>

#include "commands/explain/explanation.h"
#include "support/catch.h"

namespace hardlink {
namespace {

bool has(const std::string& text, const std::string& part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

/// The article's file, with a name in a layer that was left over and one outside of the root.
Explanation article() {
  Explanation explanation;
  explanation.file = {.path = "/data/overlay/00a2/root/var/lib/yum/checksum_type",
                      .kind = "regular file",
                      .inode = 44,
                      .links = 59299,
                      .size_bytes = 6,
                      .is_directory = false,
                      .target = {},
                      .allocated_bytes = 8192};
  explanation.filesystem = {"ext4", "/dev/sdc", "/data", 65000, "kernel", std::nullopt};
  explanation.headroom_links = 5701;
  explanation.root = "/data/overlay";
  explanation.root_reason = "the storage of Docker's overlay driver";
  explanation.names =
      NamesOfFile{.layout = "docker-overlay",
                  .tool = "docker",
                  .engine = "ext4",
                  .complete = true,
                  .links = 59299,
                  .in_root = 59298,
                  .in_layers = 59297,
                  .in_unfinished_layers = 1,
                  .elsewhere_in_root = 0,
                  .outside_root = 1,
                  .layers = 301,
                  .heads = 301,
                  .all_layers = 302,
                  .groups = {{301, 197, "00a2"}},
                  .tightest = TightestShare{"00a2", 197, 28, 20},
                  .orphan_layers = 2,
                  .images = {{"sha256:1", {"app:1", "app:latest"}, "", "", 61, 12017}},
                  .containers = {{"c0", {"web"}, "running", "app:1", 61, 12017}},
                  .unfinished_layers = {"11bb/tmproot5"},
                  .paths = {"00a2/root/a"}};
  return explanation;
}

std::string table(const Explanation& explanation, std::size_t width = 0) {
  return renderExplanation(explanation, {.width = width, .color = false, .top = 10});
}

TEST_CASE("an explanation says how close, where the names are, and what comes next") {
  const std::string text = table(article());
  CHECK(has(text, "59,299 of 65,000, headroom 5,701"));
  CHECK(has(text, "59,298 of 59,299 below the root"));
  CHECK(has(text, "59,297 in 301 layers of 302; 2 of them belong to no image"));
  CHECK(has(text, "1 in layers that are being made or were left over"));
  CHECK(has(text, "1 outside of the root"));
  CHECK(has(text,
            "one more layer on top of 00a2 takes 197 more links of this file: 28 more layers "
            "fit, but another file of it has room for no more than 20"));
  CHECK(has(text, "     301         197    59,297  00a2\n"));
  CHECK(has(text, "app:1, app:latest\n"));
  CHECK(has(text, "running  web        app:1\n"));
  CHECK(has(text, "Names (1 of 59,298)\n  00a2/root/a\n"));
}

TEST_CASE("an explanation of snapshots never speaks of layers") {
  Explanation explanation = article();
  explanation.names->layout = "snapshots";
  explanation.names->tool = "rsync";
  explanation.names->images.clear();
  explanation.names->containers.clear();
  explanation.names->orphan_layers = std::nullopt;
  explanation.root_reason = "given";
  const std::string text = table(explanation);
  CHECK(has(text, "given (layout snapshots, tool rsync, engine ext4)"));
  CHECK(has(text, "59,297 in 301 snapshots of 302"));
  CHECK(has(text, "1 in snapshots that are being made"));
  CHECK(
      has(text, "one more copy of 00a2 takes 197 more links of this file: 28 more snapshots fit"));
  CHECK_FALSE(has(text, "layer"));
  CHECK(nlohmann::json::parse(renderExplanationJson(explanation))["names"]["tool"] == "rsync");
}

TEST_CASE("a file that no head holds is none that the next snapshot takes links of") {
  Explanation explanation = article();
  explanation.names->layout = "snapshots";
  explanation.names->heads = 0;
  explanation.names->tightest.reset();
  CHECK(
      has(table(explanation),
          "Next        the next snapshot takes no link of this file: no head has a name of it\n"));
  CHECK(nlohmann::json::parse(renderExplanationJson(explanation))["names"]["heads"] == 0);
}

TEST_CASE("an unknown limit leaves headroom and what still fits out of an explanation") {
  Explanation explanation = article();
  explanation.filesystem.link_limit = std::nullopt;
  explanation.headroom_links = std::nullopt;
  explanation.names->tightest = TightestShare{"00a2", 197, std::nullopt, std::nullopt};
  const std::string text = table(explanation);
  CHECK(has(text, "Links       59,299\n"));
  CHECK(has(text, "takes 197 more links of this file\n"));
  CHECK_FALSE(has(text, "headroom"));
  const auto json = nlohmann::json::parse(renderExplanationJson(explanation));
  CHECK(json["file"]["headroom_links"].is_null());
  CHECK(json["filesystem"]["link_limit"].is_null());
  CHECK(json["names"]["tightest"]["extractions_remaining"].is_null());
}

TEST_CASE("an explanation says that the mount is not known") {
  Explanation explanation = article();
  explanation.filesystem.device.clear();
  explanation.filesystem.mountpoint.clear();
  CHECK(has(table(explanation), "ext4 (mount not known), link limit 65,000 from kernel"));
  const auto filesystem = nlohmann::json::parse(renderExplanationJson(explanation))["filesystem"];
  CHECK(filesystem["device"].is_null());
  CHECK(filesystem["mountpoint"].is_null());
}

TEST_CASE("names of any bytes stay in their line and in valid JSON") {
  Explanation explanation = article();
  const std::string name = "\x1b[31m\n\xff";
  explanation.file.path = name;
  explanation.file.target = name;
  explanation.root = name;
  explanation.notes = {name};
  NamesOfFile& names = *explanation.names;
  names.groups[0].example = name;
  names.tightest->layer = name;
  names.images[0].names = {name};
  names.containers[0] = {name, {name}, name, name, 1, 1};
  names.paths = {name};
  const std::string text = table(explanation);
  CHECK_FALSE(has(text, "\x1b"));
  CHECK_FALSE(has(text, "\xff"));
  CHECK(has(text, "  \\x1b[31m\\n\\xff\n"));
  const auto json = nlohmann::json::parse(renderExplanationJson(explanation));
  CHECK(json["file"]["path"] == "\x1b[31m\n\\xff");
  CHECK(json["names"]["paths"][0] == "\x1b[31m\n\\xff");
}

TEST_CASE("where the locale is not UTF-8 an explanation is ASCII") {
  Explanation explanation = article();
  const std::string name = std::string(90, 'x') + "\u4e2d";
  explanation.file.path = name;
  explanation.file.target = name;
  explanation.root = name;
  explanation.notes = {name};
  explanation.filesystem.device = name;
  NamesOfFile& names = *explanation.names;
  names.groups[0].example = name;
  names.tightest->layer = name;
  names.images[0].names = {name};
  names.containers[0] = {name, {name}, name, name, 1, 1};
  names.paths = {name};
  const std::string text = renderExplanation(explanation, {.width = 60, .top = 10, .utf8 = false});
  CAPTURE(text);
  CHECK(std::all_of(text.begin(), text.end(),
                    [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
  CHECK(has(text, "\\xe4\\xb8\\xad"));
  CHECK(has(text, "x~x"));
}

TEST_CASE("on a narrow terminal no line but a sentence's longest word is wider") {
  Explanation explanation = article();
  explanation.names->paths = {std::string(300, 'p')};
  explanation.names->groups[0].example = std::string(64, 'a');
  const std::string text = table(explanation, 60);
  std::size_t begin = 0;
  for (std::size_t end = text.find('\n'); end != std::string::npos;
       begin = end + 1, end = text.find('\n', begin)) {
    const std::string line = text.substr(begin, end - begin);
    CAPTURE(line);
    CHECK(line.size() <= 62);  // `…` takes three bytes
  }
}

TEST_CASE("a file whose names were not counted is explained by what stat says") {
  Explanation explanation = article();
  explanation.names.reset();
  explanation.root.clear();
  explanation.notes = {"the file has no other name, so nothing was counted"};
  const std::string text = table(explanation);
  CHECK(has(text, "Note        the file has no other name"));
  CHECK_FALSE(has(text, "Root"));
  const auto json = nlohmann::json::parse(renderExplanationJson(explanation));
  CHECK(json["root"].is_null());
  CHECK(json["names"].is_null());
}

}  // namespace
}  // namespace hardlink
