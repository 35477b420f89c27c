#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "literal_farm.h"
#include "random_tree.h"
#include "support/catch.h"
#include "support/temp_tree.h"
#include "walked.h"

namespace hardlink {
namespace {

/// Every inode below `root`, directories too.
std::vector<std::uint64_t> inodesBelow(const std::string& root) {
  std::vector<std::uint64_t> inodes;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    inodes.push_back(inodeOf(entry.path()));
  }
  return inodes;
}

/// Checks that a census that keeps every inode, because it is asked for it, has the same figures.
void checkAsIfAllWereKept(const CensusRequest& request, std::optional<std::uint64_t> limit) {
  CAPTURE(request.path, limit);
  const RootCounts counts = walkedUnderLimit(request, limit);
  CensusRequest keeping = request;
  keeping.tracked_inodes = inodesBelow(request.path);
  RootCounts kept = walkedUnderLimit(keeping, limit);
  std::erase_if(kept.tracked, [&](const TrackedInode& tracked) {
    return std::find(counts.tracked.begin(), counts.tracked.end(), tracked) == counts.tracked.end();
  });
  CHECK(counts.tracked == kept.tracked);
  CHECK(counts.layers == kept.layers);
  CHECK(counts.hot_inodes == kept.hot_inodes);
  CHECK(counts.bytes_of_layers == kept.bytes_of_layers);
  CHECK(counts == kept);
}

TEST_CASE("inodes with one link have the same part in every figure, whether they are kept or not") {
  for (unsigned seed = 0; seed < 8; ++seed) {
    const TempDir dir;
    const std::vector<std::string> snapshots = plantRandomTree(dir.path(), seed);
    const std::string root = dir / "root";
    CensusRequest request = walkRequest(root, snapshotsIn(root, {"snap*"}));
    letGo(request, snapshots);
    for (const std::size_t hot_inodes : {std::size_t{0}, std::size_t{3}, std::size_t{1000}}) {
      request.hot_inodes = hot_inodes;
      request.farm.links_special_files = hot_inodes == 3;
      request.tight_margin = hot_inodes == 3 ? std::optional<std::uint64_t>(4) : std::nullopt;
      checkAsIfAllWereKept(request, std::nullopt);
      checkAsIfAllWereKept(request, 1);
      checkAsIfAllWereKept(request, 6);
      checkAsIfAllWereKept(request, 65000);
    }
  }
}

TEST_CASE("a tree in which no inode is shared has its figures") {
  const TempDir dir;
  plant(dir.path(),
        {makeDir("a", {makeFile("one", "1"), makeFile("two"), makeSymlink("to", "one")}),
         makeDir("b", {makeFile("three", "1")}), makeDir("c")});
  CensusRequest request = walkRequest(dir.path(), snapshotsIn(dir.path()));
  request.hot_inodes = 2;
  const RootCounts counts = walkedUnderLimit(request, 65000);
  CHECK(counts.inodes == 4);
  CHECK(counts.names == 4);
  CHECK(counts.multilink_inodes == 0);
  CHECK(counts.max_links == 1);
  CHECK(counts.hot_inodes.size() == 2);
  CHECK(counts.layers[0].inodes == 3);
  CHECK(counts.layers[0].max_names_per_inode == 1);
  CHECK(counts.layers[0].remade_names == 1);
  CHECK(counts.layers[1].pressure.entries() ==
        std::vector<LinkPressure>{{inodeOf(dir / "b/three"), 1, 1}});
  CHECK(counts.layers[2].max_links == 0);
  REQUIRE(counts.tracked.size() == 1);  // the inode that binds the root
  CHECK(counts.tracked[0].names_in_root == 1);
  CHECK_FALSE(counts.binding_path.empty());
  checkAsIfAllWereKept(request, 65000);
  checkAsIfAllWereKept(walkRequest(dir.path(), dockerFarm()), 65000);
  checkAsIfAllWereKept(walkRequest(dir.path()), 1);
}

}  // namespace
}  // namespace hardlink
