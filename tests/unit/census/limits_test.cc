// What a census finds of the limits beside that of links: what a copy makes anew, and how full
// directories are.

#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

#include "census/engine.h"
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

/// Two copies with nested and empty directories, a large one, symlinks of all lengths that matter
/// under one name and more, a FIFO.
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

TEST_CASE("what a copy makes anew: directories, and names of all but regular files") {
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

TEST_CASE("a farm that links special files makes only directories anew") {
  const TempDir dir;
  plantCopies(dir);
  Farm farm = snapshotsIn(dir.path());
  farm.links_special_files = true;
  const LayerCounts layer = countOn(smallBlocks(), dir.path(), farm).layers.at(0);
  CHECK(layer.directories == 64);
  CHECK(layer.remade_names == 0);
  CHECK(layer.long_symlinks == 0);
}

TEST_CASE("what a directory takes goes by the lengths of its names, and by blocks") {
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

TEST_CASE("directories that are not read count, as empty ones") {
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

TEST_CASE("the directories in which layers appear are counted with all that is in them") {
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

}  // namespace
}  // namespace hardlink
