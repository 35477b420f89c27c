// Threads that share one unit of an ext4, and names that cost no second reading. Needs root.

#include <atomic>
#include <cerrno>
#include <chrono>
#include <string>
#include <vector>

#include "base/os/os.h"
#include "base/os/threads.h"
#include "census/ext4/ext4_inode_map.h"
#include "census/ext4/ext4_reader.h"
#include "census/ext4/ext4_volume.h"
#include "census/walk/root_census.h"
#include "support/catch.h"
#include "support/loop_mount.h"
#include "support/temp_tree.h"
#include "two_engines.h"
#include "unit/census/walk/literal_farm.h"

namespace hardlink {
namespace {

/// A directory `top` with 60 directories of 60, and files of 1 to 60 links in them.
void plantOneChild(const LoopMount& mount) {
  plant(mount.path(), {makeDir("top", {makeFile("f")})});
  for (unsigned d = 0; d < 60; ++d) {
    std::vector<TreeEntry> inner = {makeLinks("l", 5, "top/f"), makeFile("g"),
                                    makeLinks("m", d, "top/d" + std::to_string(d) + "/g")};
    for (unsigned i = 0; i < 60; ++i) {
      inner.push_back(makeDir("d" + std::to_string(i), {makeFile("own"), makeLink("l", "top/f")}));
    }
    plant(mount.path(), {makeDir("top", {makeDir("d" + std::to_string(d), std::move(inner))})});
  }
}

TEST_CASE("a tree with one child at the top has the same counts with any number of threads") {
  const LoopMount mount(LoopOptions{});
  plantOneChild(mount);
  const auto engine = ext4EngineFor(mount.path());
  CensusRequest request = requestFor(mount.path());
  SECTION("no layer") {}
  SECTION("a layer") { request.farm = snapshotsIn(mount.path(), {"top"}); }
  SECTION("exclusions") { request.options.exclude = {"top/*/d7", "top/d3"}; }
  request.threads = 1;
  const RootCounts alone = countedBy(*engine, request);
  checkSame(countedBy(*makeWalkEngine(), request), alone);
  for (const unsigned threads : {2U, 8U}) {
    request.threads = threads;
    for (int round = 0; round < 5; ++round) {
      CHECK((countedBy(*engine, request) == alone));
    }
  }
}

TEST_CASE("a census of one large unit of an ext4 that is asked to stop ends with ECANCELED") {
  const LoopMount mount(LoopOptions{});
  plantOneChild(mount);
  const auto engine = ext4EngineFor(mount.path());
  const FilesystemInfo filesystem = filesystemOf(mount.path());
  CensusRequest request = requestFor(mount.path());
  request.threads = 4;
  for (const unsigned microseconds : {0U, 1000U, 3000U, 5000U, 8000U}) {
    const Alarm alarm{std::chrono::microseconds(microseconds)};
    CensusProgress progress;
    const auto result = engine->count(request, filesystem, progress, alarm.token());
    CHECK((result || result.error().code == ECANCELED));
  }
}

/// Counts how often it reads a unit for names.
class WatchedReader : public Ext4Reader {
 public:
  WatchedReader(const CensusContext& context, const Ext4Volume& volume, const Ext4InodeMap& map,
                const HiddenDirectories& hidden, std::atomic<int>& readings)
      : Ext4Reader(context, volume, map, hidden, nullptr), readings_(readings) {}

  NamesByInode collectNames(const Unit& unit, const std::vector<std::uint64_t>& wanted,
                            const std::stop_token& stop) override {
    ++readings_;
    return Ext4Reader::collectNames(unit, wanted, stop);
  }

 private:
  std::atomic<int>& readings_;
};

void checkNamesWithoutReading(const LoopOptions& options) {
  const LoopMount mount(options);
  plantOneChild(mount);
  plant(mount.path() + "/top/d1", {makeDeep("deep", 100, {makeFile("x")})});
  CensusRequest request = requestFor(mount.path());
  request.hot_inodes = 20;
  const FilesystemInfo filesystem = filesystemOf(mount.path());
  int error = 0;
  const Fd device = *openExt4Device(filesystem.device_number, filesystem.device);
  const Fd root = *os::openRoot(mount.path());
  const auto volume = Ext4Volume::open(device.get());
  REQUIRE(volume);
  const auto map = Ext4InodeMap::read(*volume, 1, {});
  REQUIRE(map);
  const HiddenDirectories hidden;
  std::atomic<int> readings = 0;
  const MakeReader make_reader = [&](const CensusContext& context) {
    return std::make_unique<WatchedReader>(context, *volume, *map, hidden, readings);
  };
  CensusProgress progress;
  const auto counts =
      RootCensus(request, filesystem, root.get(), progress, make_reader, {}).run("ext4");
  REQUIRE(counts);
  CHECK(readings == 0);
  REQUIRE(counts->hot_inodes.size() == 20);
  for (const HotInode& hot : counts->hot_inodes) {
    REQUIRE_FALSE(hot.paths.empty());
    for (const std::string& path : hot.paths) {
      CHECK(os::statBelow(root.get(), path, error)->inode == hot.inode);
    }
  }
  REQUIRE(counts->fullest_directories.size() == 3);
  CHECK(counts->fullest_directories[0].path.starts_with("top/d"));
}

TEST_CASE("the names of hot inodes and full directories are found without a second reading") {
  SECTION("ext4") { checkNamesWithoutReading({}); }
  SECTION("inline data") {
    checkNamesWithoutReading({.mkfs_options = {"-O", "inline_data", "-N", "20000"}});
  }
  SECTION("block maps") {
    checkNamesWithoutReading({.type = "ext3", .mkfs_options = {"-b", "1024", "-N", "20000"}});
  }
}

}  // namespace
}  // namespace hardlink
