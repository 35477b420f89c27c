#include "commands/preflight/extraction.h"
#include "commands/preflight/unpacking/current_layer.h"
#include "support/catch.h"
#include "unit/commands/preflight/extract_layer.h"

namespace hardlink {
namespace {

using Kind = LayerEntry::Kind;
using Failure = std::optional<ExtractionFailure>;

constexpr std::uint64_t kBlock = 4096;
constexpr std::uint64_t kLinks = 1000;

LayerEntry file(std::string path, std::uint64_t size = 0) {
  return {Kind::regular, std::move(path), "", size};
}
LayerEntry dir(std::string path) { return {Kind::directory, std::move(path), ""}; }
LayerEntry symlink(std::string path, std::size_t length) {
  return {Kind::symlink, std::move(path), std::string(length, 't')};
}

/// A filesystem with this much left, whose directories and files take blocks of 4 KiB.
ExtractionRoom roomOf(std::optional<std::uint64_t> inodes, std::optional<std::uint64_t> blocks) {
  ExtractionRoom room;
  room.costs = {.block_bytes = kBlock, .cluster_bytes = kBlock};
  if (inodes) {
    room.left.inodes = Quota{1'000'000, *inodes};
  }
  if (blocks) {
    room.left.bytes = Quota{1'000'000 * kBlock, *blocks * kBlock};
  }
  return room;
}

Objects usedBy(const std::vector<std::vector<LayerEntry>>& layers) {
  Extraction extraction(kLinks, roomOf(1'000'000, 1'000'000));
  for (const auto& layer : layers) {
    REQUIRE_FALSE(extract(extraction, layer));
  }
  return extraction.use().used();
}

Objects objects(std::uint64_t inodes, std::uint64_t blocks) { return {inodes, blocks * kBlock}; }

TEST_CASE("a layer takes inodes and space for all but the files that it links") {
  CHECK(usedBy({{}}) == objects(1, 1));
  CHECK(usedBy({{dir("a"), file("a/f", 1), file("a/g", kBlock + 1)}}) == objects(4, 2 + 1 + 2));
  // Directories once more, files not.
  CHECK(usedBy({{dir("a"), file("a/f", 1), file("a/g", kBlock + 1)}, {}}) == objects(6, 7));
  CHECK(usedBy({{symlink("s", 59), {Kind::other, "p", ""}}, {}}) == objects(6, 2));
  CHECK(usedBy({{symlink("s", 60)}, {}}) == objects(4, 4));
  // One inode with two names in its own layer, and one for each in the next.
  CHECK(usedBy({{symlink("s", 60), {Kind::hard_link, "t", "s"}}}) == objects(2, 2));
  CHECK(usedBy({{symlink("s", 60), {Kind::hard_link, "t", "s"}}, {}}) == objects(2 + 3, 2 + 3));
  CHECK(usedBy({{file("f", 1), {Kind::hard_link, "g", "f"}}, {}}) == objects(3, 3));
}

TEST_CASE("a directory with many names takes as many blocks as it may have") {
  std::vector<LayerEntry> names;
  for (unsigned i = 0; i < 300; ++i) {
    names.push_back(file("d/" + std::to_string(1000 + i)));
  }
  const CopyCosts costs{.block_bytes = kBlock, .cluster_bytes = kBlock};
  const std::uint64_t grown = directoryBytes(costs, 24 + 300 * 12);
  REQUIRE(grown == kBlock);
  // What Docker notes of 300 entries takes more than the one block of any layer.
  CHECK(usedBy({names}) == objects(302, 2 + 5));
  for (unsigned i = 300; i < 400; ++i) {
    names.push_back(file("d/" + std::to_string(1000 + i)));
  }
  const std::uint64_t large = directoryBytes(costs, 24 + 400 * 12);
  REQUIRE(large > kBlock);
  const std::uint64_t notes = 6 * kBlock;
  CHECK(usedBy({names}) == Objects{402, kBlock + large + notes});
  CHECK(usedBy({names, {}}) == Objects{404, 2 * (kBlock + large) + notes});
}

TEST_CASE("what is replaced or removed gives back what it had, once its last name goes") {
  CHECK(usedBy({{file("d/f", 9 * kBlock)}, {file("d/f", 1)}}) == objects(3 + 3, 2 + 9 + 2 + 1));
  CHECK(usedBy({{file("d/f", kBlock), file("d/.wh.f")}}) == objects(2, 2));
  CHECK(usedBy({{file("f", kBlock), {Kind::hard_link, "g", "f"}, file(".wh.f")}}) == objects(2, 2));
  CHECK(usedBy({{file("d/e/f"), dir("d/g")}, {file(".wh.d")}}) == objects(5 + 1, 4 + 1));
  CHECK(usedBy({{file("f", kBlock)}, {file(".wh.f")}}) == objects(3, 3));
  CHECK(usedBy({{symlink("s", 99)}, {file("s", kBlock)}}) == objects(4, 4));
  CHECK(usedBy({{file("a/f")}, {file("a/.wh..wh..opq"), file("a/g", 1)}}) == objects(3 + 3, 5));
  CHECK(usedBy({{file(".wh..wh.plnk/1", 5 * kBlock), {Kind::hard_link, "a", ".wh..wh.plnk/1"}}}) ==
        objects(3, 7));
}

TEST_CASE("a layer that is on disk takes nothing, nor gives back what others hold") {
  Extraction extraction(kLinks, roomOf(100, 100));
  extraction.addPresent({NameKind::directory, "d", "", 0, 0});
  extraction.addPresent({NameKind::regular, "d/f", "", 7, 1});
  extraction.addPresent({NameKind::symlink, "s", std::string(80, 't'), 8, 0});
  CHECK(extraction.use().used() == Objects{});
  REQUIRE_FALSE(extract(extraction, {file("d/.wh.f"), file(".wh.s")}));
  CHECK(extraction.use().used() == objects(2, 2));
}

TEST_CASE("where inodes or space end, it is said at which name, with what is needed and left") {
  const std::vector<LayerEntry> base{file("a/f", 1), file("b/g"), symlink("c", 70)};
  // Of the base 6 inodes and 5 blocks, of each copy 4 inodes and 4 blocks.
  Extraction by_inodes(kLinks, roomOf(6 + 4 + 2, 1000));
  REQUIRE_FALSE(extract(by_inodes, base));
  REQUIRE_FALSE(extract(by_inodes, {}));
  CHECK(*extract(by_inodes, {}) == ExtractionFailure{"b", Limit::inodes, 4, 2});

  Extraction by_space(kLinks, roomOf(1000, 5 + 4 + 3));
  REQUIRE_FALSE(extract(by_space, base));
  REQUIRE_FALSE(extract(by_space, {}));
  CHECK(*extract(by_space, {}) == ExtractionFailure{"c", Limit::space, 4 * kBlock, 3 * kBlock});

  Extraction by_own_file(kLinks, roomOf(1000, 7));
  REQUIRE_FALSE(extract(by_own_file, base));
  CHECK(*extract(by_own_file, {}) == ExtractionFailure{"b", Limit::space, 4 * kBlock, 2 * kBlock});
  Extraction brings(kLinks, roomOf(1000, 6));
  CHECK(*extract(brings, {file("x", kBlock), file("d/y", 5 * kBlock), file("z")}) ==
        ExtractionFailure{"d/y", Limit::space, 8 * kBlock, 6 * kBlock});
  Extraction exact(kLinks, roomOf(4, 8));
  CHECK_FALSE(extract(exact, {file("x", kBlock), file("d/y", 5 * kBlock)}));
}

TEST_CASE(
    "of links, inodes and space it is what ends first in the order of the names that counts") {
  Extraction links_first(2, roomOf(5, 100));
  REQUIRE_FALSE(extract(links_first, {file("a"), {Kind::hard_link, "b", "a"}, dir("c"), dir("d")}));
  // One inode is left; the link of `a` comes before the directory `c`.
  CHECK(*extract(links_first, {}) == ExtractionFailure{"a", Limit::links, 2, 0});
  Extraction inodes_first(2, roomOf(5, 100));
  REQUIRE_FALSE(
      extract(inodes_first, {file("z"), {Kind::hard_link, "y", "z"}, dir("a"), dir("d")}));
  CHECK(*extract(inodes_first, {}) == ExtractionFailure{"a", Limit::inodes, 3, 1});
}

TEST_CASE("the peak counts: a layer that removes a tree has copied it before") {
  Extraction extraction(kLinks, roomOf(8, 100));
  REQUIRE_FALSE(extract(extraction, {dir("d/e"), dir("d/f")}));
  REQUIRE_FALSE(extract(extraction, {file(".wh.d")}));
  CHECK(extraction.use().used().inodes == 5);
  CHECK(extraction.use().peak().inodes == 8);
  Extraction too_small(kLinks, roomOf(7, 100));
  REQUIRE_FALSE(extract(too_small, {dir("d/e"), dir("d/f")}));
  CHECK(extract(too_small, {file(".wh.d")})->limit == Limit::inodes);
}

TEST_CASE("what Docker makes of its own is there while a layer is made, and a part of it stays") {
  ExtractionRoom room = roomOf(20, 20);
  room.making = objects(4, 4);
  room.unpacking = objects(1, 1);
  room.made = objects(2, 3);
  Extraction extraction(kLinks, room);
  REQUIRE_FALSE(extract(extraction, {}));
  CHECK(extraction.use().used() == objects(3, 4));
  CHECK(extraction.use().peak() == objects(6, 6));
  CHECK(*extraction.take(objects(18, 0), "hold more") ==
        ExtractionFailure{"", Limit::inodes, 18, 17, "hold more"});
  extraction.giveBack(objects(18, 0));
  CHECK_FALSE(extraction.take(objects(17, 16), "hold less"));

  // What is there only later does not stop the copy, but what comes after it.
  room.left.inodes = Quota{20, 4 + 1 + 1 + 4 + 1};
  Extraction full(kLinks, room);
  REQUIRE_FALSE(extract(full, {}));
  CHECK(extract(full, {file("a"), file("b"), file("c"), file("d")})->path == "c");
  room.left.inodes = Quota{20, 3 + 4 + 1};
  Extraction fuller(kLinks, room);
  REQUIRE_FALSE(extract(fuller, {}));
  CHECK(*extract(fuller, {}) == ExtractionFailure{"", Limit::inodes, 6, 5});
}

TEST_CASE("margins are by the limit that ends first, with what the maker keeps") {
  ExtractionRoom room = roomOf(41, 1000);
  room.makers_own.kept = {.inodes = 2, .blocks = 1};
  Extraction extraction(kLinks, room);
  REQUIRE_FALSE(extract(extraction, {file("a/f", 1), symlink("s", 70)}));
  // 37 inodes are left, and 5 for each: two directories, a symlink, and two of the maker's.
  CHECK(extraction.margin() == 7);
  CHECK(extraction.marginOfNewLayers() == 7);
  REQUIRE_FALSE(extract(extraction, {file(".wh.a")}));
  // That has given back a directory.
  CHECK(extraction.margin() == (37 - 2) / 4);
  CHECK(extraction.marginOfNewLayers() == (37 - 2) / 5);
  Extraction by_space(kLinks, roomOf(std::nullopt, 10));
  REQUIRE_FALSE(extract(by_space, {file("a/f", 1)}));
  CHECK(by_space.margin() == 3);
  Extraction by_links(4, roomOf(100, 100));
  REQUIRE_FALSE(extract(by_links, {file("a/f", 1)}));
  CHECK(by_links.margin() == 3);
}

TEST_CASE("where it is not known what is left, nothing is judged by it") {
  Extraction extraction(kLinks);
  REQUIRE_FALSE(extract(extraction, {file("a/f", 1'000'000'000'000)}));
  CHECK(extraction.margin() == kLinks - 1);
  CHECK_FALSE(extraction.roomLeft().inodes);
  Extraction no_bytes(kLinks, roomOf(5, std::nullopt));
  REQUIRE_FALSE(extract(no_bytes, {file("a/f", 1'000'000'000'000)}));
  CHECK(no_bytes.margin() == 1);
}

TEST_CASE("the directory with the layers may take no more of them") {
  ExtractionRoom room;
  room.subdirectories_left = 2;
  Extraction extraction(kLinks, room);
  REQUIRE_FALSE(extract(extraction, {file("f")}));
  CHECK(extraction.margin() == 1);
  REQUIRE_FALSE(extract(extraction, {}));
  CHECK(*extract(extraction, {}) == ExtractionFailure{"", Limit::subdirectories, 1, 0});
}

TEST_CASE("where inodes are made as they are needed, they take space") {
  ExtractionRoom room = roomOf(std::nullopt, 3);
  room.costs.inode_bytes = 512;
  Extraction extraction(kLinks, room);
  REQUIRE_FALSE(extract(extraction, {file("f"), file("g")}));
  CHECK(extraction.use().used().bytes == kBlock + 3 * 512);
}

TEST_CASE("files that are said to be larger than any disk do not fit, however many they are") {
  constexpr std::uint64_t kHuge = std::uint64_t{1} << 63U;
  Extraction extraction(kLinks, roomOf(1000, std::nullopt));
  REQUIRE_FALSE(extract(extraction, {file("a", kHuge), file("b", kHuge), file("c", ~0ULL)}));
  CHECK(extraction.use().used().bytes == ~0ULL);
  Extraction limited(kLinks, roomOf(1000, 1000));
  CHECK(extract(limited, {file("a", ~0ULL)})->limit == Limit::space);
}

TEST_CASE("an archive that is unpacked takes its files and all directories on the way") {
  const CopyCosts costs{.block_bytes = kBlock, .cluster_bytes = kBlock};
  CHECK(takenUnpacked({}, costs) == objects(1, 1));
  CHECK(takenUnpacked({file("1/layer.tar", 10240),
                       dir("1"),
                       file("1/json", 10),
                       file("manifest.json", 1),
                       {Kind::hard_link, "2/layer.tar", "1/layer.tar"},
                       {Kind::symlink, "3/layer.tar", "../1/layer.tar"}},
                      costs) == objects(1 + 3 + 4, 4 + 3 + 1 + 1));
}

}  // namespace
}  // namespace hardlink
