// The counts of a census for limits other than links: what a copy must create, and how full
// directories are.

#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

#include "census/count/engine.h"
#include "census/count/fullest_directories.h"
#include "literal_farm.h"
#include "support/catch.h"
#include "support/temp_tree.h"
#include "tree_oracle.h"

namespace hardlink {
namespace {

/// A filesystem whose directories have blocks of 1 KiB in clusters of 4, and no limits.
FilesystemInfo smallBlocks() {
  FilesystemInfo filesystem;
  filesystem.type = "ext4";
  filesystem.costs = {.block_bytes = 1024, .cluster_bytes = 4096};
  return filesystem;
}

RootCounts countOn(const FilesystemInfo& filesystem, const std::string& path, Farm farm) {
  CensusRequest request;
  request.path = path;
  request.farm = std::move(farm);
  request.buckets = {1, 10};
  CensusProgress progress;
  auto result = makeWalkEngine()->count(request, filesystem, progress, {});
  REQUIRE(result);
  return *result;
}

/// Two copies, each with nested and empty directories, a large directory, a FIFO, and symlinks with
/// one or more names and of all lengths that matter.
void plantCopies(const TempDir& dir) {
  std::vector<TreeEntry> many;
  for (int i = 0; i < 60; ++i) {
    many.push_back(makeDir("a directory called " + std::to_string(i)));
  }
  const auto copy = [&](const std::string& name) {
    return makeDir(name,
                   {makeFile("f"), makeLinks("f", 30, name + "/f"), makeDir("many", many),
                    makeDir("d", {makeDir("empty"), makeFifo("p"), makeLink("q", name + "/d/p"),
                                  makeSymlink("short", std::string(59, 's')),
                                  makeSymlink("long", std::string(60, 's')),
                                  makeLinks("long", 4, name + "/d/long"),
                                  makeSymlink(std::string(255, 'n'), std::string(600, 's'))})});
  };
  plant(dir.path(), {copy("1"), copy("2"), makeFile("beside"), makeSymlink("too", "x")});
}

TEST_CASE("a copy creates directories, and an inode for each name of anything but a regular file") {
  const TempDir dir;
  plantCopies(dir);
  const RootCounts counts = countOn(smallBlocks(), dir.path(), snapshotsIn(dir.path()));
  REQUIRE(counts.layers.size() == 2);
  const LayerCounts& layer = counts.layers[0];
  CHECK(layer.directories == 1 + 1 + 60 + 2);
  CHECK(layer.remade_names == 2 + 1 + 5 + 1);
  CHECK(layer.long_symlinks == 5 + 1);
  for (const LayerCounts& each : counts.layers) {
    checkRemade(each, remadeBelow(dir / each.name, smallBlocks().costs));
  }
  CHECK(counts.directories == 2 * 64);
}

TEST_CASE("a copy that links special files creates only directories") {
  const TempDir dir;
  plantCopies(dir);
  Farm farm = snapshotsIn(dir.path());
  farm.links_special_files = true;
  const LayerCounts layer = countOn(smallBlocks(), dir.path(), farm).layers.at(0);
  CHECK(layer.directories == 64);
  CHECK(layer.remade_names == 0);
  CHECK(layer.long_symlinks == 0);
}

TEST_CASE("a directory's size follows the lengths of its names, in whole blocks") {
  const TempDir dir;
  // 24 bytes for `.` and `..`, 12 for a checksum, and 16 for a name of 5 to 8 bytes.
  constexpr std::uint64_t kFit = (1024 - 24 - 12) / 16;
  const auto bytesOf = [&](std::uint64_t names, const CopyCosts& costs) {
    const TempDir tree;
    plant(tree.path(), {makeDir("1", {makeFile("1234567")})});
    plant(tree.path(), {makeDir("1", {makeLinks("abcdef", names - 1, "1/1234567")})});
    FilesystemInfo filesystem = smallBlocks();
    filesystem.costs = costs;
    return countOn(filesystem, tree.path(), snapshotsIn(tree.path())).layers.at(0).directory_bytes;
  };
  const CopyCosts single = {.block_bytes = 1024, .cluster_bytes = 1024};
  CHECK(bytesOf(1, single) == 1024);
  CHECK(bytesOf(kFit, single) == 1024);
  CHECK(bytesOf(kFit + 1, single) == directoryBytes(single, 24 + (kFit + 1) * 16));
  CHECK(bytesOf(kFit + 1, single) >= 3 * 1024);
  CHECK(bytesOf(kFit, smallBlocks().costs) == 4096);
  CHECK(bytesOf(kFit + 1, {}) == 0);
}

TEST_CASE("directories that are not read count as empty ones") {
  const TempDir dir;
  plantCopies(dir);
  CensusRequest request;
  request.path = dir.path();
  request.farm = snapshotsIn(dir.path());
  request.options.exclude = {"1/many", "2/d"};
  CensusProgress progress;
  const FilesystemInfo filesystem = smallBlocks();
  const auto counts = makeWalkEngine()->count(request, filesystem, progress, {});
  REQUIRE(counts);
  CHECK(counts->layers.at(0).directories == 1 + 2 + 1);
  CHECK(counts->layers.at(0).directory_bytes == 4 * 4096);
  CHECK(counts->layers.at(1).directories == 1 + 2 + 60);
  CHECK(counts->layers.at(1).remade_names == 0);
  CHECK(counts->directories == 3 + 62 + 2);
}

TEST_CASE("Docker's layers are counted from their root/ on") {
  const TempDir dir;
  plant(dir.path(),
        {makeDir("aaa", {makeDir("root", {makeDir("d"), makeSymlink("s", "x")}), makeFile("id")}),
         makeDir("bbb", {makeDir("root")})});
  const RootCounts counts = countOn(smallBlocks(), dir.path(), dockerFarm());
  REQUIRE(counts.layers.size() == 2);
  CHECK(counts.layers[0].directories == 2);
  CHECK(counts.layers[0].directory_bytes == 2 * 4096);
  CHECK(counts.layers[0].remade_names == 1);
  CHECK(counts.layers[1].directories == 1);
}

std::vector<Subdirectories> holdersOf(const std::string& path, const Farm& farm,
                                      const FilesystemInfo& filesystem) {
  return countOn(filesystem, path, farm).holders;
}

TEST_CASE("the directories in which layers appear are counted with all of their subdirectories") {
  const TempDir dir;
  plant(dir.path(), {makeDir("host", {makeDir("1", {makeDir("in")}), makeDir("2"), makeDir("log"),
                                      makeFile("f"), makeSymlink("current", "2")}),
                     makeDir("other", {makeDir("3")}), makeDir("beside"), makeFile("g")});
  Farm farm = snapshotsIn(dir.path(), {"host/?", "other/?"});
  FilesystemInfo filesystem = smallBlocks();
  CHECK(holdersOf(dir.path(), farm, filesystem).empty());
  farm.layer_holders = {".", "host", "other"};
  CHECK(holdersOf(dir.path(), farm, filesystem) ==
        std::vector<Subdirectories>{{".", 3, {}}, {"host", 3, {}}, {"other", 1, {}}});
  filesystem.subdirectory_limit = 31998;
  farm.layer_holders = {"host", "no such directory"};
  CHECK(holdersOf(dir.path(), farm, filesystem) == std::vector<Subdirectories>{{"host", 3, 31998}});
}

TEST_CASE("Docker's layers appear in the root, or where the globs say") {
  const TempDir dir;
  plant(dir.path(), {makeDir("aaa", {makeDir("root")}), makeDir("bbb", {makeDir("root")}),
                     makeDir("sub", {makeDir("ccc", {makeDir("root")})})});
  Farm farm = dockerFarm();
  farm.layer_holders = {"."};
  CHECK(holdersOf(dir.path(), farm, smallBlocks()) == std::vector<Subdirectories>{{".", 3, {}}});
  CensusRequest request;
  request.path = dir.path();
  request.farm = dockerFarm();
  request.farm.layer_holders = {"sub"};
  request.options.globs = {"sub/*/root"};
  CensusProgress progress;
  const FilesystemInfo filesystem = smallBlocks();
  const auto counts = makeWalkEngine()->count(request, filesystem, progress, {});
  REQUIRE(counts);
  CHECK(counts->holders == std::vector<Subdirectories>{{"sub", 1, {}}});
}

/// Directories `prefix`0, `prefix`1, …
std::vector<TreeEntry> directories(unsigned count, const std::string& prefix = "d") {
  std::vector<TreeEntry> made;
  for (unsigned i = 0; i < count; ++i) {
    made.push_back(makeDir(prefix + std::to_string(i)));
  }
  return made;
}

TEST_CASE("as many of the fullest directories as requested are named, at any depth") {
  const TempDir dir;
  plant(dir.path(), {makeDir(".runs", {makeDir("r", directories(30))}),
                     makeDir("a", {makeDir("b", {makeDir("c", directories(9))})}),
                     makeDir("f", {makeFile("f"), makeDir("g", directories(9))})});
  CensusRequest request;
  request.path = dir.path();
  request.threads = GENERATE(1U, 4U);
  const auto fullest = [&](std::size_t wanted) {
    request.hot_directories = wanted;
    CensusProgress progress;
    const auto counts = makeWalkEngine()->count(request, smallBlocks(), progress, {});
    REQUIRE(counts);
    return counts->fullest_directories;
  };
  // Of equally full ones, the one in the first unit, then the one above the units; the rest are
  // empty.
  const std::vector<Subdirectories> all = {
      {".runs/r", 30, {}}, {"a/b/c", 9, {}}, {"f/g", 9, {}}, {".", 3, {}}};
  CHECK(fullest(0) == std::vector(all.begin(), all.begin() + 1));
  CHECK(fullest(1) == std::vector(all.begin(), all.begin() + 1));
  CHECK(fullest(3) == std::vector(all.begin(), all.begin() + 3));
  CHECK(fullest(4) == all);
  CHECK(fullest(1000).size() == 8 + 30 + 9 + 9);
}

TEST_CASE("the root counts as a directory, also alone") {
  const TempDir dir;
  FilesystemInfo filesystem = smallBlocks();
  filesystem.subdirectory_limit = 64998;
  CHECK(countOn(filesystem, dir.path(), {}).fullest_directories ==
        std::vector<Subdirectories>{{".", 0, 64998}});
  plant(dir.path(), directories(300, "r"));
  const RootCounts counts = countOn(filesystem, dir.path(), {});
  CHECK(counts.fullest_directories.at(0) == Subdirectories{".", 300, 64998});
  CHECK(counts.directories == 300);
}

TEST_CASE("excluded directories are counted in the directory that holds them") {
  const TempDir dir;
  plant(dir.path(), {makeDir("a", {makeDir("x", directories(20)), makeDir("y", directories(5))})});
  CensusRequest request;
  request.path = dir.path();
  request.options.exclude = {"a/x"};
  CensusProgress progress;
  const auto counts = makeWalkEngine()->count(request, smallBlocks(), progress, {});
  REQUIRE(counts);
  CHECK(counts->fullest_directories ==
        std::vector<Subdirectories>{{"a/y", 5, {}}, {"a", 2, {}}, {".", 1, {}}});
}

FullDirectory fullDirectory(std::uint64_t count, std::optional<std::uint64_t> limit,
                            std::uint32_t unit, std::uint64_t inode) {
  return {.subdirectories = {"", count, limit}, .unit = unit, .inode = inode};
}

TEST_CASE("directories are sorted by the used share of their limit, then by subdirectories") {
  const std::vector<FullDirectory> in_order = {
      fullDirectory(100, 200, 9, 9), fullDirectory(50, 100, 1, 1), fullDirectory(50, 100, 1, 2),
      fullDirectory(50, 100, 2, 1),  fullDirectory(99, 200, 1, 1), fullDirectory(5000, {}, 9, 9),
      fullDirectory(400, {}, 0, 8),  fullDirectory(400, {}, 1, 1), fullDirectory(400, {}, 1, 2),
      fullDirectory(0, 100, 1, 1),   fullDirectory(0, {}, 1, 2)};
  for (std::size_t most = 1; most <= in_order.size(); ++most) {
    FullestDirectories fullest(most);
    FullestDirectories others(most);
    for (std::size_t i = in_order.size(); i-- > 0;) {
      (i % 2 == 0 ? fullest : others).offer(in_order[i]);
    }
    fullest.merge(others);
    REQUIRE(fullest.entries().size() == most);
    for (std::size_t i = 0; i < most; ++i) {
      CAPTURE(most, i);
      CHECK(fullest.entries()[i].subdirectories == in_order[i].subdirectories);
      CHECK(fullest.entries()[i].unit == in_order[i].unit);
      CHECK(fullest.entries()[i].inode == in_order[i].inode);
    }
  }
  CHECK(FullestDirectories(0).wants(in_order.back()));
}

TEST_CASE("inodes at the limit are counted once, with their size") {
  const TempDir dir;
  plant(dir.path(),
        {makeDir("a", {makeFile("full", std::string(10000, 'x')), makeLinks("full", 3, "a/full"),
                       makeFile("empty"), makeLinks("empty", 6, "a/empty"), makeFile("roomy", "x"),
                       makeLinks("roomy", 2, "a/roomy"), makeFile("beside")}),
         makeDir("b", {makeLink("full", "a/full"), makeFifo("p"), makeLinks("p", 4, "b/p")}),
         makeDir("elsewhere", {makeLink("full", "a/full")})});
  FilesystemInfo filesystem = smallBlocks();
  filesystem.link_limit = 5;
  struct stat status {};
  REQUIRE(stat((dir / "a/full").c_str(), &status) == 0);
  const auto bytes = static_cast<std::uint64_t>(status.st_blocks) * 512;
  REQUIRE(bytes >= 10000);
  const auto saturated = [&](const std::string& path) {
    return countOn(filesystem, path, {}).saturated;
  };
  CHECK(saturated(dir.path()) == SaturatedInodes{3, 2, bytes});
  CHECK(saturated(dir / "b") == SaturatedInodes{2, 1, bytes});
  filesystem.link_limit = 6;
  CHECK(saturated(dir.path()) == SaturatedInodes{2, 1, bytes});
  filesystem.link_limit = 7;
  CHECK(saturated(dir.path()) == SaturatedInodes{1, 1, 0});
  filesystem.link_limit = 8;
  CHECK(saturated(dir.path()) == SaturatedInodes{});
  filesystem.link_limit.reset();
  CHECK_FALSE(saturated(dir.path()));
}

TEST_CASE("the inode that binds the root has a name, even if it is not a hot inode") {
  const TempDir dir;
  plant(dir.path(), {makeDir("1", {makeFile("tight"), makeLinks("t", 9, "1/tight")}),
                     makeDir("2", {makeLinks("t", 10, "1/tight"), makeFile("hot")}),
                     makeDir("x", {makeLinks("h", 30, "2/hot")})});
  CensusRequest request;
  request.path = dir.path();
  request.farm = snapshotsIn(dir.path(), {"?"});
  request.farm.layers = request.farm.heads = {"1", "2"};
  request.hot_inodes = 1;
  FilesystemInfo filesystem = smallBlocks();
  const auto count = [&] {
    CensusProgress progress;
    auto counts = makeWalkEngine()->count(request, filesystem, progress, {});
    REQUIRE(counts);
    return *counts;
  };
  CHECK(count().binding_path.empty());
  filesystem.link_limit = 100;
  // Eight more copies take 80 links of the first file, which has 20; 70 copies exhaust the other.
  CHECK(count().binding_path == "1/t0");
  REQUIRE(count().hot_inodes.size() == 1);
  CHECK(count().hot_inodes[0].paths[0] == "2/hot");
  struct stat status {};
  REQUIRE(stat((dir / "1/tight").c_str(), &status) == 0);
  request.known_paths = {{status.st_ino, "2/t7"}};
  CHECK(count().binding_path == "2/t7");
  filesystem.link_limit = 31;  // now the other allows none
  CHECK(count().binding_path == "2/hot");
  request.farm.layers = request.farm.heads = {};
  CHECK(count().binding_path.empty());
}

TEST_CASE("names per directory: the inode and the directory with the longest back reference") {
  const TempDir dir;
  plant(dir.path(),
        {makeDir("a", {makeFile("one"), makeLinks("name", 9, "a/one"), makeFile("two"),
                       makeLink(std::string(200, 'n'), "a/two")}),
         makeDir("b", {makeLinks("name", 9, "a/one"), makeLink("x", "a/two")}), makeFile("f")});
  FilesystemInfo filesystem = smallBlocks();
  CHECK_FALSE(countOn(filesystem, dir.path(), {}).fullest_names);
  filesystem.back_reference_bytes = 16384 - 126;
  struct stat status {};
  const auto fullest = [&] {
    auto names = countOn(filesystem, dir.path(), {}).fullest_names;
    REQUIRE(names);
    return *names;
  };
  REQUIRE(stat((dir / "a/two").c_str(), &status) == 0);
  CHECK(fullest() == DirectoryNames{"a", status.st_ino, 2, 223, 13});
  plant(dir.path(), {makeDir("b", {makeLinks("more", 8, "a/one")})});
  REQUIRE(stat((dir / "a/one").c_str(), &status) == 0);
  CHECK(fullest() == DirectoryNames{"b", status.st_ino, 17, 17 * 15, 15});
  plant(dir.path(), {makeDir("0", {makeFile("other"), makeLinks("other", 9, "0/other"),
                                   makeLinks(std::string(81, 'n') + "-", 1, "0/other")})});
  // 15 + 9 * 16 + 93 bytes are three less.
  CHECK(fullest().directory == "b");
  plant(dir.path(), {makeDir("0", {makeLink("xyz", "0/other")})});
  CHECK(fullest().directory == "0");
  CHECK(fullest().bytes == 15 + 9 * 16 + 93 + 13);
}

TEST_CASE("of two directories with as many names the first is named, and the root is one of them") {
  const TempDir dir;
  plant(dir.path(), {makeFile("aa"), makeFile("b"), makeDir("x", {makeFile("yy")})});
  FilesystemInfo filesystem = smallBlocks();
  filesystem.back_reference_bytes = 3970;
  const auto names = countOn(filesystem, dir.path(), {}).fullest_names;
  REQUIRE(names);
  CHECK(names->directory == ".");
  CHECK(names->bytes == 12);
  CHECK(countOn(filesystem, dir / "x", {}).fullest_names);
  REQUIRE(unlink((dir / "x/yy").c_str()) == 0);
  CHECK_FALSE(countOn(filesystem, dir / "x", {}).fullest_names);
}

}  // namespace
}  // namespace hardlink
