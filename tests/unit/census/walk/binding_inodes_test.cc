// The inodes that bind layers, and the links that one more copy takes of them: tracked and tight
// inodes, the heads of series, rounds, the users of a store.

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "literal_farm.h"
#include "support/catch.h"
#include "walked.h"

namespace hardlink {
namespace {

/// The figures of `inode`, which must be tracked.
TrackedInode tracked(const RootCounts& counts, std::uint64_t inode) {
  const auto found = std::find_if(counts.tracked.begin(), counts.tracked.end(),
                                  [&](const TrackedInode& entry) { return entry.inode == inode; });
  REQUIRE(found != counts.tracked.end());
  return *found;
}

TEST_CASE(
    "a tracked inode is counted for each layer, and the root's figure also counts other names") {
  const TempDir dir;
  plantDocker(dir);
  const std::uint64_t sum = inodeOf(dir / "aaa/root/sum");
  const std::uint64_t own = inodeOf(dir / "bbb/root/own");
  const std::uint64_t written = inodeOf(dir / "ddd/upper/written");
  CensusRequest request = walkRequest(dir.path(), dockerFarm());
  request.tracked_inodes = {written, sum, own, sum, 1};
  const RootCounts counts = walked(request);
  REQUIRE(counts.tracked.size() == 3);
  CHECK(tracked(counts, sum) == TrackedInode{sum, 9, true, 9, {{0, 3}, {1, 3}}, 3});
  CHECK(tracked(counts, own) == TrackedInode{own, 1, true, 1, {{1, 1}}});
  CHECK(tracked(counts, written) == TrackedInode{written, 1, true, 1, {}});
  CHECK(std::is_sorted(counts.tracked.begin(), counts.tracked.end(),
                       [](const auto& a, const auto& b) { return a.inode < b.inode; }));
}

TEST_CASE("a tracked inode is listed with as many names as requested") {
  const TempDir dir;
  plantDocker(dir);
  plant(dir.path(), {makeDir("ddd", {makeDir("upper", {makeLink("up", "aaa/root/etc")})})});
  CensusRequest request = walkRequest(dir.path(), dockerFarm());
  request.tracked_inodes = {inodeOf(dir / "aaa/root/etc")};
  CHECK(walked(request).tracked.at(0).paths.empty());
  const auto names = [&](std::size_t wanted) {
    request.tracked_paths = wanted;
    return tracked(walked(request), request.tracked_inodes[0]).paths;
  };
  CHECK(names(1) == std::vector<std::string>{"ddd/upper/up"});
  CHECK(names(2) == std::vector<std::string>{"ddd/upper/up", "aaa/root/etc"});
  CHECK(names(9) == std::vector<std::string>{"ddd/upper/up", "aaa/root/etc", "bbb/root/etc"});
  request.tracked_inodes = {inodeOf(dir / "aaa/root/sum")};
  CHECK(names(5) ==
        std::vector<std::string>{"ccc/tmproot525452492/sum.0", "ccc/tmproot525452492/sum.1",
                                 "ccc/tmproot525452492/sum.2", "aaa/root/sum", "aaa/root/sum.0"});
}

TEST_CASE("the inode that binds the root is tracked without a request") {
  const TempDir dir;
  plantDocker(dir);
  const std::uint64_t sum = inodeOf(dir / "aaa/root/sum");
  const RootCounts counts = walked(walkRequest(dir.path(), dockerFarm()));
  REQUIRE(counts.tracked.size() == 1);
  CHECK(counts.tracked[0] == TrackedInode{sum, 9, true, 9, {{0, 3}, {1, 3}}, 3});
  CHECK(walkedUnderLimit(walkRequest(dir.path(), dockerFarm()), std::nullopt).tracked.empty());
}

TEST_CASE("an inode that binds only the last layer is counted in all layers before it too") {
  const TempDir dir;
  // In 1 and 2 the other file binds, because it has more names there. It is not in 3.
  plant(dir.path(),
        {makeDir("1", {makeFile("late"), makeFile("early"), makeLinks("e", 5, "1/early")}),
         makeDir("2", {makeLinks("l", 2, "1/late"), makeLinks("e", 6, "1/early")}),
         makeDir("3", {makeFile("neither")}), makeDir("4", {makeLinks("l", 30, "1/late")}),
         makeLink("beside", "1/late")});
  const std::uint64_t late = inodeOf(dir / "1/late");
  CensusRequest request = walkRequest(dir.path(), snapshotsIn(dir.path()));
  request.threads = GENERATE(1U, 2U);
  const RootCounts counts = walked(request);
  REQUIRE(counts.tracked.size() == 1);
  CHECK(counts.tracked[0] == TrackedInode{late, 34, true, 34, {{0, 1}, {1, 2}, {3, 30}}});
}

TEST_CASE("the inode that binds the root is found among more binding inodes than are kept") {
  const TempDir dir;
  // Each layer has a file that binds it, more tightly than the files of the layers before.
  constexpr int kLayers = 100;
  plant(dir.path(), {makeDir("1000", {makeFile("last")})});
  for (int i = 1; i < kLayers; ++i) {
    plant(dir.path(),
          {makeDir(std::to_string(1000 + i), {makeLink("last", "1000/last"), makeFile("f"),
                                              makeLinks("f.", static_cast<unsigned>(i) + 1,
                                                        std::to_string(1000 + i) + "/f")})});
  }
  plant(dir.path(), {makeDir("2000", {makeLinks("last.", 300, "1000/last")})});
  CensusRequest request = walkRequest(dir.path(), snapshotsIn(dir.path()));
  const RootCounts counts = walked(request);
  REQUIRE(counts.tracked.size() == 1);
  const TrackedInode& binding = counts.tracked[0];
  CHECK(binding.inode == inodeOf(dir / "1000/last"));
  CHECK(binding.names_in_root == kLayers + 300);
  REQUIRE(binding.layers.size() == kLayers + 1);
  CHECK(binding.layers[5] == LayerNames{5, 1});
  CHECK(binding.layers.back() == LayerNames{kLayers, 300});
}

TEST_CASE("without layers no inode binds, and a requested inode has only the count of its names") {
  const TempDir dir;
  plant(dir.path(), {makeDir("a", {makeFile("f"), makeLink("g", "a/f")}), makeDir("b")});
  CensusRequest request = walkRequest(dir.path());
  request.tight_margin = 65000;
  CHECK(walked(request).tracked.empty());
  CHECK(walked(request).tight_inodes.empty());
  const std::uint64_t inode = inodeOf(dir / "a/f");
  request.tracked_inodes = {inode};
  CHECK(walked(request).tracked == std::vector<TrackedInode>{{inode, 2, true, 2, {}}});
}

TEST_CASE("tight inodes are those that leave some layer no more than the given margin") {
  const TempDir dir;
  plantDocker(dir);
  CensusRequest request = walkRequest(dir.path(), dockerFarm());
  CHECK(walked(request).tight_inodes.empty());
  const std::uint64_t sum = inodeOf(dir / "aaa/root/sum");
  const std::uint64_t etc = inodeOf(dir / "aaa/root/etc");
  std::vector<std::uint64_t> both = {sum, etc};
  std::sort(both.begin(), both.end());
  // Under a limit of 24, sum allows floor((24 - 9) / 3) = 5 and etc (24 - 2) / 1 = 22.
  request.tight_margin = 4;
  CHECK(walkedUnderLimit(request, 24).tight_inodes.empty());
  request.tight_margin = 5;
  CHECK(walkedUnderLimit(request, 24).tight_inodes == std::vector<std::uint64_t>{sum});
  request.tight_margin = 22;
  CHECK(walkedUnderLimit(request, 24).tight_inodes == both);
  CHECK(walkedUnderLimit(request, std::nullopt).tight_inodes.empty());
}

/// Three snapshots with `f`, of which the middle one has most names of it, and one without it.
void plantSeries(const TempDir& dir) {
  plant(dir.path(), {makeDir("1", {makeFile("f"), makeLink("g", "1/f")}),
                     makeDir("2", {makeLinks("f", 6, "1/f")}), makeDir("3", {makeLink("f", "1/f")}),
                     makeDir("other", {makeFile("o"), makeLink("p", "other/o")})});
}

TEST_CASE("only heads bind: they have the tight inodes, and the tightest head binds the root") {
  const TempDir dir;
  plantSeries(dir);
  CensusRequest request = walkRequest(dir.path(), snapshotsIn(dir.path()));
  request.tight_margin = 100;
  const std::uint64_t f = inodeOf(dir / "1/f");
  const std::uint64_t o = inodeOf(dir / "other/o");
  // Under a limit of 20, f with its 9 links allows 1 to snapshot 2 and 11 to 3; o allows 9.
  request.farm.heads = {"2"};
  const RootCounts tight = walkedUnderLimit(request, 20);
  REQUIRE(tight.layers.size() == 4);
  CHECK(tight.layers[1].head);
  CHECK_FALSE(tight.layers[0].head);
  CHECK(tight.tight_inodes == std::vector<std::uint64_t>{f});
  CHECK(tight.tracked.at(0).inode == f);
  request.farm.heads = {"3", "other"};
  const RootCounts roomy = walkedUnderLimit(request, 20);
  CHECK_FALSE(roomy.layers[1].head);
  CHECK(roomy.layers[3].head);
  REQUIRE(roomy.tracked.size() == 1);
  CHECK(roomy.tracked[0].inode == o);
  request.tight_margin = 10;
  CHECK(walkedUnderLimit(request, 20).tight_inodes == std::vector<std::uint64_t>{o});
  request.farm.heads.clear();
  const RootCounts none = walkedUnderLimit(request, 20);
  CHECK(none.tight_inodes.empty());
  CHECK(none.tracked.empty());
  CHECK(none.round_pressure.entries().empty());
}

TEST_CASE("a round takes as many links of an inode as it has names in all heads together") {
  const TempDir dir;
  plantSeries(dir);
  CensusRequest request = walkRequest(dir.path(), snapshotsIn(dir.path()));
  const std::uint64_t f = inodeOf(dir / "1/f");
  request.threads = GENERATE(1U, 4U);
  request.farm.heads = {"1", "3"};
  CHECK(walked(request).round_pressure.entries() == std::vector<LinkPressure>{{f, 9, 3}});
  request.farm.heads = {"1", "2", "other"};
  CHECK(walked(request).round_pressure.entries() == std::vector<LinkPressure>{{f, 9, 8}});
}

TEST_CASE("Docker's layers are all heads, and there are no rounds") {
  const TempDir dir;
  plantDocker(dir);
  const RootCounts counts = walked(walkRequest(dir.path(), dockerFarm()));
  CHECK(counts.layers.at(0).head);
  CHECK(counts.layers.at(1).head);
  CHECK(counts.round_pressure.entries().empty());
}

TEST_CASE("symlinks, FIFOs and devices count if a copy links them") {
  const TempDir dir;
  plant(dir.path(), {makeDir("1", {makeFile("f"), makeLink("g", "1/f"), makeFifo("p")})});
  REQUIRE(symlink("x", (dir / "1/s").c_str()) == 0);
  for (const char* name : {"t", "u", "v"}) {
    REQUIRE(link((dir / "1/s").c_str(), (dir / (std::string("1/") + name)).c_str()) == 0);
  }
  CensusRequest request = walkRequest(dir.path(), snapshotsIn(dir.path()));
  request.tight_margin = 100;
  const std::uint64_t s = inodeOf(dir / "1/s");
  const RootCounts regular = walkedUnderLimit(request, 60);
  CHECK(regular.layers.at(0).max_names_per_inode == 2);
  CHECK(regular.round_pressure.entries().at(0).names == 2);
  CHECK(regular.tracked.at(0).inode == inodeOf(dir / "1/f"));
  CHECK(regular.tight_inodes.size() == 1);
  request.farm.links_special_files = true;
  const RootCounts all = walkedUnderLimit(request, 60);
  CHECK(all.layers.at(0).max_names_per_inode == 4);
  CHECK(all.layers.at(0).pressure.entries() == std::vector<LinkPressure>{{s, 4, 4}});
  CHECK(all.round_pressure == all.layers.at(0).pressure);
  CHECK(all.tracked == std::vector<TrackedInode>{{s, 4, true, 4, {{0, 4}}}});
  CHECK(all.tight_inodes.size() == 3);
}

TEST_CASE("the users of a store take the links of files that have names elsewhere too") {
  const TempDir dir;
  plant(
      dir.path(),
      {makeDir("store", {makeFile("a"), makeFile("b")}),
       makeDir("home", {makeDir("x", {makeLinks("a", 4, "store/a"), makeFile("own"),
                                      makeLinks("own", 20, "home/x/own")}),
                        makeDir("y", {makeLinks("a", 2, "store/a"), makeLinks("b", 3, "store/b")}),
                        makeDir("z", {makeLinks("b", 9, "store/b")})})});
  CensusRequest request = walkRequest(dir.path());
  request.farm.layout = Layout::store;
  request.farm.users = {"home/x", "home/y"};
  request.threads = GENERATE(1U, 4U);
  const RootCounts counts = walked(request);
  CHECK(counts.layout == "store");
  CHECK(counts.layers.empty());
  CHECK(counts.names == 41);
  CHECK(counts.links_per_user == 4U);
  CHECK(counts.child_links.empty());
  request.farm.users = {"home/x", "home/y", "home/z"};
  CHECK(walked(request).links_per_user == 9U);
  request.farm.users.clear();
  CHECK_FALSE(walked(request).links_per_user);
}

TEST_CASE("a layer below a user of a store is counted as a layer") {
  const TempDir dir;
  plant(dir.path(), {makeDir("repo", {makeFile("a")}),
                     makeDir("site", {makeDir("1", {makeLink("a", "repo/a")}), makeFile("x"),
                                      makeDir("sub", {makeLink("b", "repo/a")})})});
  CensusRequest request = walkRequest(dir.path(), snapshotsIn(dir.path(), {"site/1"}));
  request.farm.layout = Layout::store;
  request.farm.users = {"site"};
  const RootCounts counts = walked(request);
  REQUIRE(counts.layers.size() == 1);
  CHECK(counts.layers[0].names == 1);
  CHECK(counts.names == 4);
}

}  // namespace
}  // namespace hardlink
