#include "commands/preflight/unpack.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "support/catch.h"

namespace hardlink {
namespace {

using Kind = LayerEntry::Kind;
using Entries = std::vector<LayerEntry>;

constexpr std::uint64_t kBlock = 4096;
const CopyCosts kCosts{.block_bytes = kBlock, .cluster_bytes = kBlock};

LayerEntry file(std::string path, std::uint64_t size = 0) {
  return {Kind::regular, std::move(path), "", size};
}
LayerEntry dir(std::string path) { return {Kind::directory, std::move(path), ""}; }
LayerEntry link(std::string path, std::string target) {
  return {Kind::hard_link, std::move(path), std::move(target)};
}

UnpackedLayer unpacked(const Entries& entries, const CopyCosts& costs = kCosts) {
  const auto layer = unpackLayer(
      [&](const EntryVisitor& visit) -> Result<void> {
        for (const LayerEntry& entry : entries) {
          visit(entry);
        }
        return {};
      },
      costs);
  REQUIRE(layer);
  return *layer;
}

/// A file with `names` names in `directory`.
Entries linked(const std::string& directory, std::size_t names) {
  Entries entries{file(directory + "/0")};
  for (std::size_t i = 1; i < names; ++i) {
    entries.push_back(link(fmt::format("{}/{}", directory, i), directory + "/0"));
  }
  return entries;
}

UnpackPreflight preflightOf(std::vector<UnpackedLayer> layers) {
  UnpackPreflight preflight;
  preflight.archive = "app.tar";
  preflight.format = "oci-layout";
  preflight.directory = "/var/lib/containers";
  preflight.filesystem.type = "ext4";
  preflight.filesystem.link_limit = 65000;
  preflight.filesystem.link_limit_source = "kernel";
  preflight.filesystem.costs = kCosts;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    layers[i].image = "app:1";
    layers[i].number = i + 1;
    layers[i].of = layers.size();
    layers[i].diff_id = "sha256:" + std::string(64, static_cast<char>('a' + i));
  }
  preflight.layers = std::move(layers);
  return preflight;
}

std::string verdict(const UnpackPreflight& preflight, Answer answer) {
  const UnpackVerdict verdict = verdictOf(preflight);
  CHECK(verdict.answer == answer);
  return verdict.text;
}

nlohmann::json jsonOf(const UnpackPreflight& preflight) {
  return nlohmann::json::parse(renderUnpackJson(preflight));
}

TEST_CASE("a layer takes an inode for its top, each directory and each file, not for a name") {
  const UnpackedLayer layer = unpacked({dir("a"),
                                        file("a/x", 5000),
                                        link("a/y", "a/x"),
                                        link("z", "/a/x"),
                                        {Kind::symlink, "s", "a"},
                                        file("b/c/d")});
  CHECK(layer.names == 5);
  CHECK(layer.needed.inodes == 1 + 3 + 3);
  CHECK(layer.content_bytes == 2 * kBlock);
  CHECK(layer.needed.bytes == (2 + 4) * kBlock);
  CHECK(layer.links == LargestCount{3, "a/x"});
  CHECK(layer.subdirectories == LargestCount{2, ""});
  CHECK(layer.doubt.empty());
}

TEST_CASE("names that lead through symlinks and links to links are names of one file") {
  const UnpackedLayer layer = unpacked({dir("usr"),
                                        {Kind::symlink, "lib", "usr"},
                                        file("usr/a"),
                                        link("lib/b", "lib/a"),
                                        link("c", "usr/b")});
  CHECK(layer.links.count == 3);
  CHECK(layer.doubt.empty());
}

TEST_CASE("a whiteout is a device of its own, and an opaque directory takes nothing") {
  const UnpackedLayer layer =
      unpacked({dir("a"), file("a/.wh..wh..opq"), file("a/.wh.gone"), file(".wh.old")});
  CHECK(layer.names == 2);
  CHECK(layer.needed.inodes == 1 + 1 + 2);
  CHECK(layer.content_bytes == 0);
  CHECK(layer.doubt.empty());
  CHECK(unpacked({file("a"), file("a/.wh..wh..opq")}).doubt ==
        "a/.wh..wh..opq: a part of its path is not a directory");
  // Where it is, mknod(2) fails.
  CHECK(unpacked({file("a"), file(".wh.a")}).doubt ==
        ".wh.a: a whiteout of a name that the layer itself has");
}

TEST_CASE("what engines treat differently is counted as far as it goes, and is a doubt") {
  const UnpackedLayer lower = unpacked({link("b", "etc/passwd"), file("c"), link("d", "c")});
  CHECK(lower.doubt == "b: a hard link to etc/passwd, which does not exist");
  CHECK(lower.names == 2);
  CHECK(lower.links.count == 2);

  const UnpackedLayer twice = unpacked({file("a"), link("b", "a"), file("a", 1)});
  CHECK(twice.doubt == "a: the layer has this path twice");
  CHECK(twice.names == 2);
  CHECK(twice.links.count == 2);
  CHECK(twice.needed.inodes == 3);

  CHECK(unpacked({file("a"), file("a/b")}).doubt == "a/b: a part of its path is not a directory");
}

TEST_CASE("names count that a later entry of the layer replaces") {
  Entries entries = linked("d", 5);
  entries.push_back(file("d"));
  const UnpackedLayer layer = unpacked(entries);
  CHECK(layer.names == 1);
  CHECK(layer.links == LargestCount{5, "d/0"});
  CHECK(layer.needed.inodes == 3);
}

TEST_CASE("a layer that cannot be read is an error") {
  const auto layer = unpackLayer(
      [](const EntryVisitor& /*visit*/) -> Result<void> {
        return Error{0, "damaged"};
      },
      kCosts);
  REQUIRE_FALSE(layer);
  CHECK(layer.error().context == "damaged");
}

TEST_CASE("a file may have as many names as an inode may have links, and not one more") {
  UnpackPreflight preflight =
      preflightOf({unpacked({file("a")}), unpacked(linked("usr/x", 10)), unpacked({file("b")})});
  preflight.filesystem.link_limit = 10;
  CHECK(verdict(preflight, Answer::yes) == "yes: each of the 3 layers can be unpacked");
  preflight.filesystem.link_limit = 9;
  CHECK(verdict(preflight, Answer::no) ==
        "no: layer 2 of 3 has 10 names of one file, 9 are allowed on ext4: usr/x/0");
  const auto json = jsonOf(preflight);
  CHECK(json["fits"] == false);
  CHECK(json["layers"][0]["fits"] == true);
  CHECK(json["layers"][1]["fits"] == false);
  CHECK(json["layers"][1]["most_links"] == 10);
  CHECK(json["layers"][1]["most_links_path"] == "usr/x/0");
  CHECK(json["layers"][1]["failure"] ==
        nlohmann::json({{"path", "usr/x/0"}, {"limit", "links"}, {"needed", 10}, {"left", 9}}));
  CHECK(json["layers"][2]["most_links_path"].is_null());
}

TEST_CASE("btrfs limits the bytes of the names of one file in one directory") {
  Entries entries = linked("a", 3);
  entries.push_back(link("b/0", "a/0"));
  UnpackPreflight preflight = preflightOf({unpacked(entries)});
  CHECK(preflight.layers[0].reference_bytes == LargestCount{33, "a"});
  preflight.filesystem.type = "btrfs";
  preflight.filesystem.back_reference_bytes = 33;
  CHECK(verdict(preflight, Answer::yes) == "yes: the layer can be unpacked");
  preflight.filesystem.back_reference_bytes = 32;
  CHECK(verdict(preflight, Answer::no) ==
        "no: layer 1 of 1 has names of one file in one directory that take 33 bytes of its inode's "
        "references, 32 are allowed on btrfs: a");
}

TEST_CASE("a directory may have as many subdirectories as its filesystem allows") {
  UnpackPreflight preflight = preflightOf({unpacked({dir("a/1"), dir("a/2"), dir("a/3/4")})});
  preflight.filesystem.subdirectory_limit = 3;
  CHECK(verdictOf(preflight).answer == Answer::yes);
  preflight.filesystem.subdirectory_limit = 2;
  CHECK(verdict(preflight, Answer::no) ==
        "no: layer 1 of 1 has 3 subdirectories in one directory, 2 are allowed on ext4: a");
}

TEST_CASE("room is a no for one layer alone, and unknown for all together") {
  const UnpackedLayer layer = unpacked({file("a", 3 * kBlock), file("b")});
  UnpackPreflight preflight = preflightOf({layer, layer});
  FreeRoom& room = preflight.filesystem.room;
  room.inodes = Quota{100, 6};
  room.bytes = Quota{1 << 20, 8 * kBlock};
  CHECK(verdictOf(preflight).answer == Answer::yes);
  room.inodes = Quota{100, 5};
  CHECK(verdict(preflight, Answer::unknown) ==
        "cannot be told: together, the layers take 6 inodes, 5 are free: that is enough only if "
        "some of them are there already");
  CHECK(jsonOf(preflight)["fits"].is_null());
  CHECK(jsonOf(preflight)["layers"][0]["fits"] == true);
  room.inodes = Quota{100, 2};
  CHECK(verdict(preflight, Answer::no) == "no: layer 1 of 2 takes 3 inodes, 2 are free");
  room.inodes = Quota{100, 6};
  room.bytes = Quota{1 << 20, 8 * kBlock - 1};
  CHECK(verdictOf(preflight).answer == Answer::unknown);
  // The directory of the layer may be smaller than its block, its file is not.
  room.bytes = Quota{1 << 20, 3 * kBlock};
  CHECK(verdictOf(preflight).answer == Answer::unknown);
  room.bytes = Quota{1 << 20, 3 * kBlock - 1};
  CHECK(verdict(preflight, Answer::no) ==
        "no: the files of layer 1 of 2 take 12,288 bytes, 12,287 are free");
}

TEST_CASE("without a link limit the answer is known only if each file has one name") {
  UnpackPreflight preflight = preflightOf({unpacked({file("a")}), unpacked({file("b")})});
  preflight.filesystem.type = "nfs4";
  preflight.filesystem.link_limit.reset();
  CHECK(verdictOf(preflight).answer == Answer::yes);
  preflight = preflightOf({unpacked({file("a")}), unpacked(linked("b", 2))});
  preflight.filesystem.type = "nfs4";
  preflight.filesystem.link_limit.reset();
  CHECK(verdict(preflight, Answer::unknown) ==
        "cannot be told: layer 2 of 2 has 2 names of one file, b/0, and the link limit of nfs4 is "
        "not known; --link-limit says it");
  CHECK(jsonOf(preflight)["layers"][1]["fits"].is_null());
}

TEST_CASE("a doubt about one layer is no answer, but a no is certain all the same") {
  UnpackPreflight preflight =
      preflightOf({unpacked({link("b", "a")}), unpacked(linked("usr\n", 10))});
  CHECK(verdict(preflight, Answer::unknown) ==
        "cannot be told: not every engine unpacks layer 1 of 2: b: a hard link to a, which does "
        "not exist");
  preflight.filesystem.link_limit = 9;
  preflight.layers[1].image = "other:1";
  CHECK(verdict(preflight, Answer::no) ==
        "no: layer 2 of 2 of other:1 has 10 names of one file, 9 are allowed on ext4: "
        "usr\\n/0");
}

TEST_CASE("the table has a row for each layer and says for which host the figures are") {
  UnpackPreflight preflight = preflightOf({unpacked(linked("usr", 3)), unpacked({file("b", 1)})});
  preflight.filesystem.room = {.inodes = Quota{100, 50}, .bytes = Quota{1 << 20, 1 << 19}};
  CHECK(
      renderUnpack(preflight, {.width = 100}) ==
      "app.tar, each layer by itself, into /var/lib/containers\n"
      "  layer  diff id       names  inodes  space  most links  file\n"
      "      1  aaaaaaaaaaaa      3       3  8 KiB           3  usr/0\n"
      "      2  bbbbbbbbbbbb      1       2  8 KiB           1  -\n"
      "  Room      takes 5 of 50 free inodes and at most 16 KiB of 512 KiB of free space, if none "
      "of the\n"
      "            layers is there yet\n"
      "  Limit     65,000 links per file on ext4, from kernel\n"
      "  Verdict   yes: each of the 2 layers can be unpacked\n");
  preflight.filesystem.room = {};
  CHECK(renderUnpack(preflight, {}).find("  Room      not known on ext4\n") != std::string::npos);
  const auto json = jsonOf(preflight);
  CHECK(json["inodes_needed"].is_null());
  CHECK(json["bytes_left"].is_null());
  CHECK(json["path"] == "/var/lib/containers");
}

}  // namespace
}  // namespace hardlink
