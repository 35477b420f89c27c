#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "census/census.h"
#include "census/count/engine.h"
#include "literal_farm.h"
#include "support/catch.h"
#include "support/temp_tree.h"

namespace hardlink {
namespace {

const std::vector<std::uint64_t> kBounds = {1, 2, 10, 100, 65000};

const FilesystemInfo kFilesystem = [] {
  FilesystemInfo info;
  info.type = "ext4";
  info.link_limit = 65000;
  return info;
}();

CensusRequest requestFor(const std::string& path, Farm farm = {}) {
  CensusRequest request;
  request.path = path;
  request.farm = std::move(farm);
  request.buckets = kBounds;
  return request;
}

RootCounts count(const CensusRequest& request) {
  CensusProgress progress;
  auto result = makeWalkEngine()->count(request, kFilesystem, progress, {});
  REQUIRE(result);
  return *result;
}

RootCounts countUnderLimit(const CensusRequest& request, std::optional<std::uint64_t> limit) {
  FilesystemInfo filesystem = kFilesystem;
  filesystem.link_limit = limit;
  CensusProgress progress;
  auto result = makeWalkEngine()->count(request, filesystem, progress, {});
  REQUIRE(result);
  return *result;
}

std::uint64_t inodeOf(const std::string& path) {
  struct stat status {};
  REQUIRE(lstat(path.c_str(), &status) == 0);
  return status.st_ino;
}

/// Two Docker layers that share an inode with three names in each, one being made, a container.
void plantDocker(const TempDir& dir) {
  plant(dir.path(),
        {makeDir("aaa", {makeDir("root", {makeFile("etc", "x"), makeFile("sum"),
                                          makeLinks("sum.", 2, "aaa/root/sum"),
                                          makeSymlink("sym", "etc"), makeDir("dir")})}),
         makeDir("bbb", {makeDir("root", {makeLink("etc", "aaa/root/etc"),
                                          makeLinks("sum.", 3, "aaa/root/sum"), makeFile("own")})}),
         makeDir("ccc", {makeDir("tmproot525452492", {makeLinks("sum.", 3, "aaa/root/sum")})}),
         makeDir("ddd", {makeDir("upper", {makeFile("written")}), makeDir("work"),
                         makeDir("merged"), makeFile("lower-id", "bbb")})});
}

TEST_CASE("Docker's storage: layers are those with a root/, everything else counts all the same") {
  const TempDir dir;
  plantDocker(dir);
  const RootCounts counts = count(requestFor(dir.path(), dockerFarm()));
  CHECK(counts.layout == "docker-overlay");
  CHECK(counts.engine == "walk");
  CHECK(counts.names == 5 + 5 + 3 + 2);
  CHECK(counts.inodes == 6);  // etc, sum, sym, own, written, lower-id
  CHECK(counts.multilink_inodes == 2);
  CHECK(counts.directories == 4 + 3 + 1 + 3 + 1 - 1);
  CHECK(counts.max_links == 9);
  CHECK(counts.fullest_directories.front().count == 4);
  CHECK(counts.inode_links.cumulative() == std::vector<std::uint64_t>{4, 5, 6, 6, 6, 6});

  REQUIRE(counts.layers.size() == 2);
  const LayerCounts& base = counts.layers[0];
  CHECK(base.name == "aaa");
  CHECK(base.names == 5);
  CHECK(base.inodes == 3);
  CHECK(base.max_links == 9);
  CHECK(base.max_names_per_inode == 3);
  CHECK(base.pressure.entries() ==
        std::vector<LinkPressure>{{inodeOf(dir / "aaa/root/sum"), 9, 3}});
  CHECK(counts.layers[1].name == "bbb");
  CHECK(counts.layers[1].inodes == 3);
}

TEST_CASE("the hottest inode is named by its first name in byte order, with its count and size") {
  const TempDir dir;
  plantDocker(dir);
  const RootCounts counts = count(requestFor(dir.path(), dockerFarm()));
  REQUIRE(counts.hot_inodes.size() == 6);
  const HotInode& hottest = counts.hot_inodes[0];
  CHECK(hottest.inode == inodeOf(dir / "aaa/root/sum"));
  CHECK(hottest.links == 9);
  CHECK(hottest.names_in_root == 9);
  CHECK(hottest.layers == 2);
  CHECK(hottest.regular_file);
  REQUIRE(hottest.paths.size() >= 2);
  CHECK(hottest.paths[0] == "aaa/root/sum");
  CHECK(hottest.paths[0].substr(0, 3) != hottest.paths.back().substr(0, 3));
  CHECK(counts.hot_inodes[1].paths[0] == "aaa/root/etc");
  CHECK(counts.hot_inodes[1].size_bytes == 1);
}

/// What is tracked of `inode`, which must be.
TrackedInode tracked(const RootCounts& counts, std::uint64_t inode) {
  const auto found = std::find_if(counts.tracked.begin(), counts.tracked.end(),
                                  [&](const TrackedInode& entry) { return entry.inode == inode; });
  REQUIRE(found != counts.tracked.end());
  return *found;
}

TEST_CASE("a tracked inode is counted layer by layer, and outside of them in the root's figure") {
  const TempDir dir;
  plantDocker(dir);
  const std::uint64_t sum = inodeOf(dir / "aaa/root/sum");
  const std::uint64_t own = inodeOf(dir / "bbb/root/own");
  const std::uint64_t written = inodeOf(dir / "ddd/upper/written");
  CensusRequest request = requestFor(dir.path(), dockerFarm());
  request.tracked_inodes = {written, sum, own, sum, 1};
  const RootCounts counts = count(request);
  REQUIRE(counts.tracked.size() == 3);
  CHECK(tracked(counts, sum) == TrackedInode{sum, 9, true, 9, {{0, 3}, {1, 3}}, 3});
  CHECK(tracked(counts, own) == TrackedInode{own, 1, true, 1, {{1, 1}}});
  CHECK(tracked(counts, written) == TrackedInode{written, 1, true, 1, {}});
  CHECK(std::is_sorted(counts.tracked.begin(), counts.tracked.end(),
                       [](const auto& a, const auto& b) { return a.inode < b.inode; }));
}

TEST_CASE("as many names of a tracked inode are listed as are wanted") {
  const TempDir dir;
  plantDocker(dir);
  plant(dir.path(), {makeDir("ddd", {makeDir("upper", {makeLink("up", "aaa/root/etc")})})});
  CensusRequest request = requestFor(dir.path(), dockerFarm());
  request.tracked_inodes = {inodeOf(dir / "aaa/root/etc")};
  CHECK(count(request).tracked.at(0).paths.empty());
  const auto names = [&](std::size_t wanted) {
    request.tracked_paths = wanted;
    return tracked(count(request), request.tracked_inodes[0]).paths;
  };
  CHECK(names(1) == std::vector<std::string>{"ddd/upper/up"});
  CHECK(names(2) == std::vector<std::string>{"ddd/upper/up", "aaa/root/etc"});
  CHECK(names(9) == std::vector<std::string>{"ddd/upper/up", "aaa/root/etc", "bbb/root/etc"});
  request.tracked_inodes = {inodeOf(dir / "aaa/root/sum")};
  CHECK(names(5) ==
        std::vector<std::string>{"ccc/tmproot525452492/sum.0", "ccc/tmproot525452492/sum.1",
                                 "ccc/tmproot525452492/sum.2", "aaa/root/sum", "aaa/root/sum.0"});
}

TEST_CASE("the inode that binds the root is tracked without being asked for") {
  const TempDir dir;
  plantDocker(dir);
  const std::uint64_t sum = inodeOf(dir / "aaa/root/sum");
  const RootCounts counts = count(requestFor(dir.path(), dockerFarm()));
  REQUIRE(counts.tracked.size() == 1);
  CHECK(counts.tracked[0] == TrackedInode{sum, 9, true, 9, {{0, 3}, {1, 3}}, 3});
  CHECK(countUnderLimit(requestFor(dir.path(), dockerFarm()), std::nullopt).tracked.empty());
}

TEST_CASE("an inode that binds only the last layer is counted in all those before it") {
  const TempDir dir;
  // In 1 and 2 the other file binds: it has more names there. In 3 it is not.
  plant(dir.path(),
        {makeDir("1", {makeFile("late"), makeFile("early"), makeLinks("e", 5, "1/early")}),
         makeDir("2", {makeLinks("l", 2, "1/late"), makeLinks("e", 6, "1/early")}),
         makeDir("3", {makeFile("neither")}), makeDir("4", {makeLinks("l", 30, "1/late")}),
         makeLink("beside", "1/late")});
  const std::uint64_t late = inodeOf(dir / "1/late");
  CensusRequest request = requestFor(dir.path(), snapshotsIn(dir.path()));
  request.threads = GENERATE(1U, 2U);
  const RootCounts counts = count(request);
  REQUIRE(counts.tracked.size() == 1);
  CHECK(counts.tracked[0] == TrackedInode{late, 34, true, 34, {{0, 1}, {1, 2}, {3, 30}}});
}

TEST_CASE("more inodes that bind layers than are kept do not hide the one that binds the root") {
  const TempDir dir;
  // Each layer is bound by a file of its own, each more tightly than those before it.
  constexpr int kLayers = 100;
  plant(dir.path(), {makeDir("1000", {makeFile("last")})});
  for (int i = 1; i < kLayers; ++i) {
    plant(dir.path(),
          {makeDir(std::to_string(1000 + i), {makeLink("last", "1000/last"), makeFile("f"),
                                              makeLinks("f.", static_cast<unsigned>(i) + 1,
                                                        std::to_string(1000 + i) + "/f")})});
  }
  plant(dir.path(), {makeDir("2000", {makeLinks("last.", 300, "1000/last")})});
  CensusRequest request = requestFor(dir.path(), snapshotsIn(dir.path()));
  const RootCounts counts = count(request);
  REQUIRE(counts.tracked.size() == 1);
  const TrackedInode& binding = counts.tracked[0];
  CHECK(binding.inode == inodeOf(dir / "1000/last"));
  CHECK(binding.names_in_root == kLayers + 300);
  REQUIRE(binding.layers.size() == kLayers + 1);
  CHECK(binding.layers[5] == LayerNames{5, 1});
  CHECK(binding.layers.back() == LayerNames{kLayers, 300});
}

TEST_CASE("where there are no layers nothing binds, and what was asked for has names only") {
  const TempDir dir;
  plant(dir.path(), {makeDir("a", {makeFile("f"), makeLink("g", "a/f")}), makeDir("b")});
  CensusRequest request = requestFor(dir.path());
  request.tight_margin = 65000;
  CHECK(count(request).tracked.empty());
  CHECK(count(request).tight_inodes.empty());
  const std::uint64_t inode = inodeOf(dir / "a/f");
  request.tracked_inodes = {inode};
  CHECK(count(request).tracked == std::vector<TrackedInode>{{inode, 2, true, 2, {}}});
}

TEST_CASE("the inodes that allow no more than a margin to some layer are listed") {
  const TempDir dir;
  plantDocker(dir);
  CensusRequest request = requestFor(dir.path(), dockerFarm());
  CHECK(count(request).tight_inodes.empty());
  const std::uint64_t sum = inodeOf(dir / "aaa/root/sum");
  const std::uint64_t etc = inodeOf(dir / "aaa/root/etc");
  std::vector<std::uint64_t> both = {sum, etc};
  std::sort(both.begin(), both.end());
  // Under a limit of 24, sum allows floor((24 - 9) / 3) = 5 and etc (24 - 2) / 1 = 22.
  request.tight_margin = 4;
  CHECK(countUnderLimit(request, 24).tight_inodes.empty());
  request.tight_margin = 5;
  CHECK(countUnderLimit(request, 24).tight_inodes == std::vector<std::uint64_t>{sum});
  request.tight_margin = 22;
  CHECK(countUnderLimit(request, 24).tight_inodes == both);
  CHECK(countUnderLimit(request, std::nullopt).tight_inodes.empty());
}

TEST_CASE("a layer that is being made or was left over is listed, and is no layer") {
  const TempDir dir;
  plantDocker(dir);
  plant(dir.path(), {makeDir("aaa", {makeDir("tmproot7")}),
                     makeDir("eee", {makeDir("tmproot8"), makeDir("etc")}),
                     makeDir("tmproot9", {makeDir("root")}),
                     makeDir("fff", {makeDir("root", {makeDir("tmproot10")})})});
  const RootCounts counts = count(requestFor(dir.path(), dockerFarm()));
  CHECK(counts.layout == "docker-overlay");
  CHECK(counts.unfinished_layers ==
        std::vector<std::string>{"aaa/tmproot7", "ccc/tmproot525452492"});
  CHECK(counts.layers.size() == 4);
  CHECK(count(requestFor(dir.path(), snapshotsIn(dir.path()))).unfinished_layers.empty());
}

TEST_CASE("a representative path stays while it leads to its inode and else makes way") {
  const TempDir dir;
  plantDocker(dir);
  CensusRequest request = requestFor(dir.path(), dockerFarm());
  const std::uint64_t inode = inodeOf(dir / "aaa/root/sum");
  request.known_paths = {{inode, "bbb/root/sum.1"}};
  CHECK(count(request).hot_inodes[0].paths[0] == "bbb/root/sum.1");
  REQUIRE(unlink((dir / "bbb/root/sum.1").c_str()) == 0);
  CHECK(count(request).hot_inodes[0].paths[0] == "aaa/root/sum");
}

TEST_CASE("names outside of the root are in the link count only") {
  const TempDir dir;
  plant(dir.path(), {makeDir("outside", {makeFile("f")}),
                     makeDir("in", {makeDir("a", {makeLink("g", "outside/f")})})});
  const RootCounts counts = count(requestFor(dir / "in"));
  CHECK(counts.names == 1);
  REQUIRE(counts.hot_inodes.size() == 1);
  CHECK(counts.hot_inodes[0].links == 2);
  CHECK(counts.hot_inodes[0].names_in_root == 1);
}

TEST_CASE("layers may lie below directories that are none") {
  const TempDir dir;
  plant(dir.path(), {makeDir("deploy", {makeDir("one", {makeFile("f")}),
                                        makeDir("two", {makeLink("f", "deploy/one/f")}),
                                        makeDir("other", {makeFile("g")})}),
                     makeDir("repo", {makeLink("f", "deploy/one/f")})});
  const RootCounts counts =
      count(requestFor(dir.path(), snapshotsIn(dir.path(), {"deploy/[ot][nw]*"})));
  REQUIRE(counts.layers.size() == 2);
  CHECK(counts.layers[0].name == "deploy/one");
  CHECK(counts.layers[1].name == "deploy/two");
  CHECK(counts.names == 4);
  CHECK(counts.hot_inodes[0].links == 3);
  CHECK(counts.hot_inodes[0].layers == 2);
}

TEST_CASE("layers may lie at several depths") {
  const TempDir dir;
  plant(
      dir.path(),
      {makeDir("daily.0", {makeDir("x", {makeFile("f")})}),
       makeDir("hosts",
               {makeDir("alpha", {makeDir("1", {makeLink("f", "daily.0/x/f")}), makeFile("own")})}),
       makeDir("weekly.0")});
  const RootCounts counts = count(
      requestFor(dir.path(), snapshotsIn(dir.path(), {"{daily,hourly}.*", "*/*", "hosts/*/*"})));
  REQUIRE(counts.layers.size() == 2);
  CHECK(counts.layers[0].name == "daily.0");
  CHECK(counts.layers[1].name == "hosts/alpha");
  CHECK(counts.names == 3);
}

TEST_CASE("a glob that matches no directory is a failed census, and says so") {
  const TempDir dir;
  plant(dir.path(), {makeDir("daily.0", {makeFile("f")}), makeFile("weekly.0")});
  CensusTaker taker;
  CensusProgress progress;
  CensusRequest request = requestFor(dir.path());
  request.options.globs = {"{weekly,monthly}.*", "a/*"};
  const auto census = taker.take(request, progress, {});
  REQUIRE_FALSE(census);
  CHECK(census.error().message() ==
        dir.path() + ": no directory matches the glob for layers, {weekly,monthly}.*, a/*");
  request.options.globs = {"weekly.*", "daily.*"};
  CHECK(taker.take(request, progress, {}));
}

/// Three snapshots of `f`, of which the middle one has the most names of it, and one that has not.
void plantSeries(const TempDir& dir) {
  plant(dir.path(), {makeDir("1", {makeFile("f"), makeLink("g", "1/f")}),
                     makeDir("2", {makeLinks("f", 6, "1/f")}), makeDir("3", {makeLink("f", "1/f")}),
                     makeDir("other", {makeFile("o"), makeLink("p", "other/o")})});
}

TEST_CASE("only heads bind: they alone have tight inodes, and the tightest gives the root's") {
  const TempDir dir;
  plantSeries(dir);
  CensusRequest request = requestFor(dir.path(), snapshotsIn(dir.path()));
  request.tight_margin = 100;
  const std::uint64_t f = inodeOf(dir / "1/f");
  const std::uint64_t o = inodeOf(dir / "other/o");
  // Under a limit of 20, f with its 9 links allows 1 to snapshot 2 and 11 to 3; o allows 9.
  request.farm.heads = {"2"};
  const RootCounts tight = countUnderLimit(request, 20);
  REQUIRE(tight.layers.size() == 4);
  CHECK(tight.layers[1].head);
  CHECK_FALSE(tight.layers[0].head);
  CHECK(tight.tight_inodes == std::vector<std::uint64_t>{f});
  CHECK(tight.tracked.at(0).inode == f);
  request.farm.heads = {"3", "other"};
  const RootCounts roomy = countUnderLimit(request, 20);
  CHECK_FALSE(roomy.layers[1].head);
  CHECK(roomy.layers[3].head);
  REQUIRE(roomy.tracked.size() == 1);
  CHECK(roomy.tracked[0].inode == o);
  request.tight_margin = 10;
  CHECK(countUnderLimit(request, 20).tight_inodes == std::vector<std::uint64_t>{o});
  request.farm.heads.clear();
  const RootCounts none = countUnderLimit(request, 20);
  CHECK(none.tight_inodes.empty());
  CHECK(none.tracked.empty());
  CHECK(none.round_pressure.entries().empty());
}

TEST_CASE("a round takes the names that an inode has in all heads together") {
  const TempDir dir;
  plantSeries(dir);
  CensusRequest request = requestFor(dir.path(), snapshotsIn(dir.path()));
  const std::uint64_t f = inodeOf(dir / "1/f");
  request.threads = GENERATE(1U, 4U);
  request.farm.heads = {"1", "3"};
  CHECK(count(request).round_pressure.entries() == std::vector<LinkPressure>{{f, 9, 3}});
  request.farm.heads = {"1", "2", "other"};
  CHECK(count(request).round_pressure.entries() == std::vector<LinkPressure>{{f, 9, 8}});
}

TEST_CASE("Docker's layers are all heads, and there are no rounds") {
  const TempDir dir;
  plantDocker(dir);
  const RootCounts counts = count(requestFor(dir.path(), dockerFarm()));
  CHECK(counts.layers.at(0).head);
  CHECK(counts.layers.at(1).head);
  CHECK(counts.round_pressure.entries().empty());
}

TEST_CASE("a layer of Docker's that appears after the farm was recognised is counted") {
  const TempDir dir;
  plantDocker(dir);
  CensusRequest request = requestFor(dir.path(), dockerFarm());
  plant(dir.path(), {makeDir("eee", {makeDir("root", {makeFile("new")})})});
  CHECK(count(request).layers.size() == 3);
  request.options.globs = {"[ae]*/root"};
  CHECK(count(request).layers.size() == 2);
}

TEST_CASE("symlinks, FIFOs and devices count where a copy links them") {
  const TempDir dir;
  plant(dir.path(), {makeDir("1", {makeFile("f"), makeLink("g", "1/f"), makeFifo("p")})});
  REQUIRE(symlink("x", (dir / "1/s").c_str()) == 0);
  for (const char* name : {"t", "u", "v"}) {
    REQUIRE(link((dir / "1/s").c_str(), (dir / (std::string("1/") + name)).c_str()) == 0);
  }
  CensusRequest request = requestFor(dir.path(), snapshotsIn(dir.path()));
  request.tight_margin = 100;
  const std::uint64_t s = inodeOf(dir / "1/s");
  const RootCounts regular = countUnderLimit(request, 60);
  CHECK(regular.layers.at(0).max_names_per_inode == 2);
  CHECK(regular.round_pressure.entries().at(0).names == 2);
  CHECK(regular.tracked.at(0).inode == inodeOf(dir / "1/f"));
  CHECK(regular.tight_inodes.size() == 1);
  request.farm.links_special_files = true;
  const RootCounts all = countUnderLimit(request, 60);
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
  CensusRequest request = requestFor(dir.path());
  request.farm.layout = Layout::store;
  request.farm.users = {"home/x", "home/y"};
  request.threads = GENERATE(1U, 4U);
  const RootCounts counts = count(request);
  CHECK(counts.layout == "store");
  CHECK(counts.layers.empty());
  CHECK(counts.names == 41);
  CHECK(counts.links_per_user == 4U);
  CHECK(counts.child_links.empty());
  request.farm.users = {"home/x", "home/y", "home/z"};
  CHECK(count(request).links_per_user == 9U);
  request.farm.users.clear();
  CHECK_FALSE(count(request).links_per_user);
}

TEST_CASE("a layer below a user of a store is a layer all the same") {
  const TempDir dir;
  plant(dir.path(), {makeDir("repo", {makeFile("a")}),
                     makeDir("site", {makeDir("1", {makeLink("a", "repo/a")}), makeFile("x"),
                                      makeDir("sub", {makeLink("b", "repo/a")})})});
  CensusRequest request = requestFor(dir.path(), snapshotsIn(dir.path(), {"site/1"}));
  request.farm.layout = Layout::store;
  request.farm.users = {"site"};
  const RootCounts counts = count(request);
  REQUIRE(counts.layers.size() == 1);
  CHECK(counts.layers[0].names == 1);
  CHECK(counts.names == 4);
}

TEST_CASE("sampled inodes are located in the children of the root, whose shares are counted") {
  const TempDir dir;
  plant(dir.path(),
        {makeDir("pool", {makeDir("00", {makeFile("a"), makeFile("b")}), makeFile("lone")}),
         makeDir("alpha", {makeLinks("a", 3, "pool/00/a")}),
         makeDir("beta", {makeDir("d", {makeLink("b", "pool/00/b"), makeLink("a", "pool/00/a")})}),
         makeLink("top", "pool/00/b")});
  const std::uint64_t a = inodeOf(dir / "pool/00/a");
  const std::uint64_t b = inodeOf(dir / "pool/00/b");
  CensusRequest request = requestFor(dir.path());
  CHECK(count(request).located.empty());
  CHECK(count(request).child_links.empty());
  request.farm.samples = {{"pool/00/b", b}, {"alpha/a0", a}, {"alpha/a0", a}, {"gone", 1}};
  SECTION("few samples") {}
  SECTION("more samples than any child has inodes") {
    for (std::uint64_t inode = 1U << 30U; inode < (1U << 30U) + 900; ++inode) {
      request.farm.samples.push_back({"x", inode});
    }
  }
  const RootCounts counts = count(request);
  std::vector<LocatedInode> expected = {{a, {"alpha", "beta", "pool"}}, {b, {"beta", "pool"}}};
  std::sort(expected.begin(), expected.end(),
            [](const auto& one, const auto& other) { return one.inode < other.inode; });
  CHECK(counts.located == expected);
  CHECK(counts.child_links == std::vector<ChildLinks>{{"alpha", 3}, {"beta", 1}, {"pool", 1}});
  CHECK_FALSE(counts.links_per_user);
}

TEST_CASE("layout none counts everything and has no layers") {
  const TempDir dir;
  plantDocker(dir);
  const RootCounts counts = count(requestFor(dir.path()));
  CHECK(counts.layout == "none");
  CHECK(counts.layers.empty());
  CHECK(counts.names == 15);
}

TEST_CASE("excluded directories are not entered, at any level of the root") {
  const TempDir dir;
  plant(dir.path(),
        {makeDir("a", {makeFile("f"), makeDir("cache", {makeFile("x")})}),
         makeDir("skip", {makeLink("g", "a/f")}), makeDir("b", {makeLink("f", "a/f")})});
  CensusRequest request = requestFor(dir.path(), snapshotsIn(dir.path()));
  request.options.exclude = {"skip", "*/cache"};
  const RootCounts counts = count(request);
  CHECK(counts.names == 2);
  CHECK(counts.layers.size() == 2);
  CHECK(counts.hot_inodes[0].links == 3);
  for (const std::string& path : counts.hot_inodes[0].paths) {
    CHECK(path.substr(0, 4) != "skip");
  }
}

TEST_CASE("the result does not depend on the number of threads") {
  const TempDir dir;
  std::vector<TreeEntry> entries = {
      makeDir("layer0", {makeFile("f"), makeLinks("g", 20, "layer0/f")})};
  for (int i = 1; i < 40; ++i) {
    const std::string name = "layer" + std::to_string(i);
    entries.push_back(
        makeDir(name, {makeLinks("f", static_cast<std::uint64_t>(i), "layer0/f"), makeFile("own"),
                       makeDir("d", {makeLink("h", name + "/own")})}));
  }
  plant(dir.path(), entries);
  CensusRequest request = requestFor(dir.path(), snapshotsIn(dir.path()));
  request.threads = 1;
  const RootCounts alone = count(request);
  CHECK(alone.layers.size() == 40);
  for (const unsigned threads : {2U, 5U, 64U}) {
    request.threads = threads;
    CHECK(count(request) == alone);
  }
}

TEST_CASE("hostile names are counted and come back byte by byte") {
  const TempDir dir;
  plant(dir.path(), {makeDir("a\n\"b\\\xff", {makeFile("f\x01"), makeLink(std::string(255, 'n'),
                                                                          "a\n\"b\\\xff/f\x01")}),
                     makeDir("c", {makeLink("f", "a\n\"b\\\xff/f\x01")})});
  const RootCounts counts = count(requestFor(dir.path(), snapshotsIn(dir.path())));
  CHECK(counts.names == 3);
  REQUIRE(counts.layers.size() == 2);
  CHECK(counts.layers[0].name == "a\n\"b\\\xff");
  CHECK(counts.hot_inodes[0].paths[0] == "a\n\"b\\\xff/f\x01");
}

TEST_CASE("an empty root is no error") {
  const TempDir dir;
  const RootCounts counts = count(requestFor(dir.path()));
  CHECK(counts.names == 0);
  CHECK(counts.max_links == 0);
  CHECK(counts.layout == "none");
  CHECK(counts.hot_inodes.empty());
}

TEST_CASE("a root that is missing or a file is an error with its path") {
  const TempDir dir;
  plant(dir.path(), {makeFile("file")});
  CensusProgress progress;
  const auto missing =
      makeWalkEngine()->count(requestFor(dir / "missing"), kFilesystem, progress, {});
  REQUIRE_FALSE(missing);
  CHECK(missing.error().message() == "open " + dir / "missing" + ": No such file or directory");
  const auto file = makeWalkEngine()->count(requestFor(dir / "file"), kFilesystem, progress, {});
  REQUIRE_FALSE(file);
  CHECK(file.error().message() == "open " + dir / "file" + ": Not a directory");
}

TEST_CASE("a census that is asked to stop ends with ECANCELED") {
  const TempDir dir;
  plantDocker(dir);
  std::stop_source stop;
  stop.request_stop();
  CensusProgress progress;
  const auto result = makeWalkEngine()->count(requestFor(dir.path(), dockerFarm()), kFilesystem,
                                              progress, stop.get_token());
  REQUIRE_FALSE(result);
  CHECK(result.error().code == ECANCELED);
}

/// A tree that takes a moment: copies of a layer with some directories.
void plantCopies(const TempDir& dir, int layers) {
  plant(dir.path(), {makeDir("0", {makeDir("root", {makeFile("sum")})})});
  for (int i = 0; i < layers; ++i) {
    std::vector<TreeEntry> directories;
    for (int d = 0; d < 20; ++d) {
      directories.push_back(makeDir("d" + std::to_string(d), {makeLinks("sum.", 5, "0/root/sum")}));
    }
    plant(dir.path(), {makeDir("layer" + std::to_string(i), {makeDir("root", directories)})});
  }
}

TEST_CASE("a census that is stopped can give what it has, and no layer that is not whole") {
  const TempDir dir;
  plantCopies(dir, 200);
  CensusRequest request = requestFor(dir.path(), dockerFarm());
  request.hot_inodes = 1;
  const RootCounts whole = count(request);
  request.partial_on_stop = true;
  bool stopped = false;
  for (std::uint64_t names = 1; !stopped && names < whole.names; names += 100) {
    CensusProgress progress;
    std::stop_source source;
    const std::jthread stopper([&](const std::stop_token& over) {
      while (progress.names < names && !over.stop_requested()) {
        std::this_thread::yield();
      }
      source.request_stop();
    });
    const auto part = makeWalkEngine()->count(request, kFilesystem, progress, source.get_token());
    if (!part || !part->stopped) {
      continue;
    }
    stopped = part->layers.size() > 1;
    CHECK(part->names <= whole.names);
    CHECK(part->layers.size() < whole.layers.size());
    CHECK(part->max_links == whole.max_links);
    REQUIRE(part->hot_inodes.size() == 1);
    CHECK_FALSE(part->hot_inodes[0].paths.empty());
    for (const LayerCounts& layer : part->layers) {
      const auto same = std::find(whole.layers.begin(), whole.layers.end(), layer);
      CAPTURE(layer.name);
      CHECK(same != whole.layers.end());
    }
  }
  CHECK(stopped);
}

TEST_CASE("a census that is stopped before it has anything gives nothing") {
  const TempDir dir;
  plantDocker(dir);
  CensusRequest request = requestFor(dir.path(), dockerFarm());
  request.partial_on_stop = true;
  std::stop_source stopped;
  stopped.request_stop();
  CensusProgress progress;
  const auto result = makeWalkEngine()->count(request, kFilesystem, progress, stopped.get_token());
  REQUIRE_FALSE(result);
  CHECK(result.error().code == ECANCELED);
}

TEST_CASE("progress ends at what was counted") {
  const TempDir dir;
  plantDocker(dir);
  CensusProgress progress;
  const auto result =
      makeWalkEngine()->count(requestFor(dir.path(), dockerFarm()), kFilesystem, progress, {});
  REQUIRE(result);
  CHECK(progress.names == result->names);
  CHECK(progress.directories == result->directories + 1);
  CHECK(progress.layers_done == 2);
  CHECK(progress.layers_total == 2);
}

TEST_CASE("while layers come and go, quiet inodes are counted right and nothing fails") {
  const TempDir dir;
  plant(dir.path(), {makeDir("quiet0", {makeFile("f"), makeLinks("g", 6, "quiet0/f")}),
                     makeDir("quiet1", {makeLinks("g", 7, "quiet0/f")})});
  std::atomic<bool> done{false};
  std::jthread churn([&] {
    for (int round = 0; !done; ++round) {
      const std::string name = "churn" + std::to_string(round % 3);
      plant(dir.path(), {makeDir(name, {makeFile("x"), makeDir("sub", {makeFile("y")})})});
      unlink((dir / name + "/sub/y").c_str());
      rmdir((dir / name + "/sub").c_str());
      unlink((dir / name + "/x").c_str());
      rmdir((dir / name).c_str());
    }
  });
  for (int round = 0; round < 200; ++round) {
    const RootCounts counts = count(requestFor(dir.path(), snapshotsIn(dir.path())));
    REQUIRE(counts.max_links == 14);
    REQUIRE(counts.hot_inodes[0].names_in_root == 14);
    REQUIRE(counts.errors.unread_directories == 0);
  }
  done = true;
}

}  // namespace
}  // namespace hardlink
