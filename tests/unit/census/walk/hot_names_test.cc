// Names of hot inodes are found while the units are counted.

#include "census/count/hot_names.h"

#include <unistd.h>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "census/walk/root_census.h"
#include "census/walk/walk_reader.h"
#include "support/catch.h"
#include "support/temp_tree.h"
#include "walked.h"

namespace hardlink {
namespace {

/// Counts how often it reads a unit for names, and changes the tree after it has counted one.
class WatchedReader : public WalkReader {
 public:
  WatchedReader(const CensusContext& context, std::atomic<int>& readings,
                const std::function<void()>& change)
      : WalkReader(context), readings_(readings), change_(change) {}

  std::optional<LayerCounts> countUnit(const Unit& unit, std::uint32_t number,
                                       const std::stop_token& stop) override {
    auto layer = WalkReader::countUnit(unit, number, stop);
    change_();
    return layer;
  }
  NamesByInode collectNames(const Unit& unit, const std::vector<std::uint64_t>& wanted,
                            const std::stop_token& stop) override {
    ++readings_;
    return WalkReader::collectNames(unit, wanted, stop);
  }

 private:
  std::atomic<int>& readings_;
  const std::function<void()>& change_;
};

/// Counts with WatchedReaders; returns how many readings for names there were.
int readingsFor(
    const CensusRequest& request, RootCounts& counts, const std::function<void()>& change = [] {}) {
  std::atomic<int> readings = 0;
  const MakeReader make_reader = [&](const CensusContext& context) {
    return std::make_unique<WatchedReader>(context, readings, change);
  };
  const FilesystemInfo filesystem = ext4Info();
  const Fd root = *os::openRoot(request.path);
  CensusProgress progress;
  auto result = RootCensus(request, filesystem, root.get(), progress, make_reader, {}).run("walk");
  REQUIRE(result);
  counts = std::move(*result);
  return readings;
}

TEST_CASE("the names of hot inodes are found without reading a unit again") {
  const TempDir dir;
  plant(dir.path(), {nestedDirectories(30)});
  plant(dir.path(),
        {makeDir("next", {makeLinks("f", 3, "top/f"), makeFile("n")}), makeLink("above", "top/f")});
  CensusRequest request = walkRequest(dir.path());
  request.hot_inodes = 50;
  for (const unsigned threads : {1U, 2U, 8U}) {
    request.threads = threads;
    RootCounts counts;
    CHECK(readingsFor(request, counts) == 0);
    REQUIRE(counts.hot_inodes.size() == 50);
    for (const HotInode& hot : counts.hot_inodes) {
      REQUIRE_FALSE(hot.paths.empty());
      for (const std::string& path : hot.paths) {
        CHECK(inodeOf(dir / path) == hot.inode);
      }
    }
    CHECK(counts.hot_inodes[0].links == 2 + 900 * 2 - 1);
    CHECK(counts.hot_inodes[1].paths[0] == "above");
    CHECK(counts.hot_inodes[1].paths.size() == 3);  // above, and two in the last unit
  }
}

TEST_CASE("if the kept names of a hot inode are gone, its unit is read again for others") {
  const TempDir dir;
  plant(dir.path(),
        {makeDir("top", {makeFile("f1"), makeLink("f2", "top/f1"), makeLink("f3", "top/f1")})});
  RootCounts counts;
  CHECK(readingsFor(walkRequest(dir.path()), counts, [&] {
          unlink((dir / "top/f1").c_str());
          unlink((dir / "top/f3").c_str());
        }) == 1);
  REQUIRE(counts.hot_inodes.size() == 1);
  CHECK(counts.hot_inodes[0].paths == std::vector<std::string>{"top/f2"});
}

HotNames::Rank rankOf(std::uint64_t inode, std::uint32_t links) { return {links, inode}; }

NameRanges rangeOf(std::uint64_t inode, const std::vector<std::string>& names) {
  NameRanges ranges;
  for (const std::string& name : names) {
    ranges[inode].offer(1, name, [] { return std::string("path"); });
  }
  return ranges;
}

TEST_CASE("names are kept of the hottest inodes so far, from their first and last unit") {
  HotNames names(2);
  HotNames::Coolest coolest;
  CHECK(names.offer(rankOf(10, 3), coolest));
  CHECK_FALSE(coolest.isHotterThan({0, 5}));  // there is room for any
  CHECK(names.offer(rankOf(11, 3), coolest));
  CHECK(coolest.isHotterThan({3, 12}));
  CHECK_FALSE(names.offer(rankOf(12, 3), coolest));
  CHECK(names.offer(rankOf(11, 3), coolest));
  for (const std::uint32_t unit : {5U, 2U, 9U, 4U}) {
    (void)names.addUnit(unit, rangeOf(10, {"b" + std::to_string(unit), "a", "c"}));
    (void)names.addUnit(unit, rangeOf(12, {"never"}));
  }
  REQUIRE(names.find(10) != nullptr);
  CHECK(names.find(10)->first_unit == 2);
  CHECK(names.find(10)->last_unit == 9);
  CHECK(names.find(10)->first.first.name == "a");
  CHECK(names.find(10)->last.last.name == "c");
  CHECK(names.find(12) == nullptr);
  CHECK(names.offer(rankOf(9, 4), coolest));
  CHECK(names.find(10) != nullptr);
  CHECK(names.find(11) == nullptr);  // overtaken
}

TEST_CASE("no names are kept if none are asked for") {
  HotNames names(0);
  HotNames::Coolest coolest;
  CHECK_FALSE(names.offer(rankOf(10, 3), coolest));
  CHECK(coolest.isHotterThan({InodeTable::kMostLinks, 1}));
}

}  // namespace
}  // namespace hardlink
