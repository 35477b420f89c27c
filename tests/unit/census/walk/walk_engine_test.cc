#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "census/census.h"
#include "literal_farm.h"
#include "support/catch.h"
#include "walked.h"

namespace hardlink {
namespace {

TEST_CASE("in Docker's storage only directories with a root/ are layers, but all names count") {
  const TempDir dir;
  plantDocker(dir);
  const RootCounts counts = walked(walkRequest(dir.path(), dockerFarm()));
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
  const RootCounts counts = walked(walkRequest(dir.path(), dockerFarm()));
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

TEST_CASE("an unfinished or left-over layer is listed, but is not counted as a layer") {
  const TempDir dir;
  plantDocker(dir);
  plant(dir.path(), {makeDir("aaa", {makeDir("tmproot7")}),
                     makeDir("eee", {makeDir("tmproot8"), makeDir("etc")}),
                     makeDir("tmproot9", {makeDir("root")}),
                     makeDir("fff", {makeDir("root", {makeDir("tmproot10")})})});
  const RootCounts counts = walked(walkRequest(dir.path(), dockerFarm()));
  CHECK(counts.layout == "docker-overlay");
  CHECK(counts.unfinished_layers ==
        std::vector<std::string>{"aaa/tmproot7", "ccc/tmproot525452492"});
  CHECK(counts.layers.size() == 4);
  CHECK(walked(walkRequest(dir.path(), snapshotsIn(dir.path()))).unfinished_layers.empty());
}

TEST_CASE("a representative path stays as long as it leads to its inode") {
  const TempDir dir;
  plantDocker(dir);
  CensusRequest request = walkRequest(dir.path(), dockerFarm());
  const std::uint64_t inode = inodeOf(dir / "aaa/root/sum");
  request.known_paths = {{inode, "bbb/root/sum.1"}};
  CHECK(walked(request).hot_inodes[0].paths[0] == "bbb/root/sum.1");
  REQUIRE(unlink((dir / "bbb/root/sum.1").c_str()) == 0);
  CHECK(walked(request).hot_inodes[0].paths[0] == "aaa/root/sum");
}

TEST_CASE("names outside the root appear only in the link count") {
  const TempDir dir;
  plant(dir.path(), {makeDir("outside", {makeFile("f")}),
                     makeDir("in", {makeDir("a", {makeLink("g", "outside/f")})})});
  const RootCounts counts = walked(walkRequest(dir / "in"));
  CHECK(counts.names == 1);
  REQUIRE(counts.hot_inodes.size() == 1);
  CHECK(counts.hot_inodes[0].links == 2);
  CHECK(counts.hot_inodes[0].names_in_root == 1);
}

TEST_CASE("layers may be below directories that are not layers") {
  const TempDir dir;
  plant(dir.path(), {makeDir("deploy", {makeDir("one", {makeFile("f")}),
                                        makeDir("two", {makeLink("f", "deploy/one/f")}),
                                        makeDir("other", {makeFile("g")})}),
                     makeDir("repo", {makeLink("f", "deploy/one/f")})});
  const RootCounts counts =
      walked(walkRequest(dir.path(), snapshotsIn(dir.path(), {"deploy/[ot][nw]*"})));
  REQUIRE(counts.layers.size() == 2);
  CHECK(counts.layers[0].name == "deploy/one");
  CHECK(counts.layers[1].name == "deploy/two");
  CHECK(counts.names == 4);
  CHECK(counts.hot_inodes[0].links == 3);
  CHECK(counts.hot_inodes[0].layers == 2);
}

TEST_CASE("layers may be at several depths") {
  const TempDir dir;
  plant(
      dir.path(),
      {makeDir("daily.0", {makeDir("x", {makeFile("f")})}),
       makeDir("hosts",
               {makeDir("alpha", {makeDir("1", {makeLink("f", "daily.0/x/f")}), makeFile("own")})}),
       makeDir("weekly.0")});
  const RootCounts counts = walked(
      walkRequest(dir.path(), snapshotsIn(dir.path(), {"{daily,hourly}.*", "*/*", "hosts/*/*"})));
  REQUIRE(counts.layers.size() == 2);
  CHECK(counts.layers[0].name == "daily.0");
  CHECK(counts.layers[1].name == "hosts/alpha");
  CHECK(counts.names == 3);
}

TEST_CASE("a census fails if a glob matches no directory, and names the glob") {
  const TempDir dir;
  plant(dir.path(), {makeDir("daily.0", {makeFile("f")}), makeFile("weekly.0")});
  CensusTaker taker;
  CensusProgress progress;
  CensusRequest request = walkRequest(dir.path());
  request.options.globs = {"{weekly,monthly}.*", "a/*"};
  const auto census = taker.take(request, progress, {});
  REQUIRE_FALSE(census);
  CHECK(census.error().message() ==
        dir.path() + ": no directory matches the glob for layers, {weekly,monthly}.*, a/*");
  request.options.globs = {"weekly.*", "daily.*"};
  CHECK(taker.take(request, progress, {}));
}

TEST_CASE("a layer of Docker's that appears after the farm was recognised is counted") {
  const TempDir dir;
  plantDocker(dir);
  CensusRequest request = walkRequest(dir.path(), dockerFarm());
  plant(dir.path(), {makeDir("eee", {makeDir("root", {makeFile("new")})})});
  CHECK(walked(request).layers.size() == 3);
  request.options.globs = {"[ae]*/root"};
  CHECK(walked(request).layers.size() == 2);
}

TEST_CASE("sampled inodes are located in the root's children, whose links of them are counted") {
  const TempDir dir;
  plant(dir.path(),
        {makeDir("pool", {makeDir("00", {makeFile("a"), makeFile("b")}), makeFile("lone")}),
         makeDir("alpha", {makeLinks("a", 3, "pool/00/a")}),
         makeDir("beta", {makeDir("d", {makeLink("b", "pool/00/b"), makeLink("a", "pool/00/a")})}),
         makeLink("top", "pool/00/b")});
  const std::uint64_t a = inodeOf(dir / "pool/00/a");
  const std::uint64_t b = inodeOf(dir / "pool/00/b");
  CensusRequest request = walkRequest(dir.path());
  CHECK(walked(request).located.empty());
  CHECK(walked(request).child_links.empty());
  request.farm.samples = {{"pool/00/b", b}, {"alpha/a0", a}, {"alpha/a0", a}, {"gone", 1}};
  SECTION("few samples") {}
  SECTION("more samples than any child has inodes") {
    for (std::uint64_t inode = 1U << 30U; inode < (1U << 30U) + 900; ++inode) {
      request.farm.samples.push_back({"x", inode});
    }
  }
  const RootCounts counts = walked(request);
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
  const RootCounts counts = walked(walkRequest(dir.path()));
  CHECK(counts.layout == "none");
  CHECK(counts.layers.empty());
  CHECK(counts.names == 15);
}

TEST_CASE("excluded directories are not entered, at any level of the root") {
  const TempDir dir;
  plant(dir.path(),
        {makeDir("a", {makeFile("f"), makeDir("cache", {makeFile("x")})}),
         makeDir("skip", {makeLink("g", "a/f")}), makeDir("b", {makeLink("f", "a/f")})});
  CensusRequest request = walkRequest(dir.path(), snapshotsIn(dir.path()));
  request.options.exclude = {"skip", "*/cache"};
  const RootCounts counts = walked(request);
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
  CensusRequest request = walkRequest(dir.path(), snapshotsIn(dir.path()));
  request.threads = 1;
  const RootCounts alone = walked(request);
  CHECK(alone.layers.size() == 40);
  for (const unsigned threads : {2U, 5U, 64U}) {
    request.threads = threads;
    CHECK(walked(request) == alone);
  }
}

TEST_CASE("hostile names are counted and returned byte by byte") {
  const TempDir dir;
  plant(dir.path(), {makeDir("a\n\"b\\\xff", {makeFile("f\x01"), makeLink(std::string(255, 'n'),
                                                                          "a\n\"b\\\xff/f\x01")}),
                     makeDir("c", {makeLink("f", "a\n\"b\\\xff/f\x01")})});
  const RootCounts counts = walked(walkRequest(dir.path(), snapshotsIn(dir.path())));
  CHECK(counts.names == 3);
  REQUIRE(counts.layers.size() == 2);
  CHECK(counts.layers[0].name == "a\n\"b\\\xff");
  CHECK(counts.hot_inodes[0].paths[0] == "a\n\"b\\\xff/f\x01");
}

TEST_CASE("an empty root is no error") {
  const TempDir dir;
  const RootCounts counts = walked(walkRequest(dir.path()));
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
      makeWalkEngine()->count(walkRequest(dir / "missing"), ext4Info(), progress, {});
  REQUIRE_FALSE(missing);
  CHECK(missing.error().message() == "open " + dir / "missing" + ": No such file or directory");
  const auto file = makeWalkEngine()->count(walkRequest(dir / "file"), ext4Info(), progress, {});
  REQUIRE_FALSE(file);
  CHECK(file.error().message() == "open " + dir / "file" + ": Not a directory");
}

TEST_CASE("a census that is asked to stop ends with ECANCELED") {
  const TempDir dir;
  plantDocker(dir);
  std::stop_source stop;
  stop.request_stop();
  CensusProgress progress;
  const auto result = makeWalkEngine()->count(walkRequest(dir.path(), dockerFarm()), ext4Info(),
                                              progress, stop.get_token());
  REQUIRE_FALSE(result);
  CHECK(result.error().code == ECANCELED);
}

/// A tree that takes some time to count: copies of a layer with some directories.
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

TEST_CASE("a stopped census can return the counts so far, with complete layers only") {
  const TempDir dir;
  plantCopies(dir, 200);
  CensusRequest request = walkRequest(dir.path(), dockerFarm());
  request.hot_inodes = 1;
  const RootCounts whole = walked(request);
  request.partial_on_stop = true;
  bool stopped = false;
  for (std::uint64_t names = 1; !stopped && names < whole.names; names += 100) {
    CensusProgress progress;
    const StopAfter stop(progress, names);
    const auto part = makeWalkEngine()->count(request, ext4Info(), progress, stop.token());
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

TEST_CASE("a census that is stopped before it has counted anything returns no counts") {
  const TempDir dir;
  plantDocker(dir);
  CensusRequest request = walkRequest(dir.path(), dockerFarm());
  request.partial_on_stop = true;
  std::stop_source stopped;
  stopped.request_stop();
  CensusProgress progress;
  const auto result = makeWalkEngine()->count(request, ext4Info(), progress, stopped.get_token());
  REQUIRE_FALSE(result);
  CHECK(result.error().code == ECANCELED);
}

TEST_CASE("the final progress is the counts of the result") {
  const TempDir dir;
  plantDocker(dir);
  CensusProgress progress;
  const auto result =
      makeWalkEngine()->count(walkRequest(dir.path(), dockerFarm()), ext4Info(), progress, {});
  REQUIRE(result);
  CHECK(progress.names == result->names);
  CHECK(progress.directories == result->directories + 1);
  CHECK(progress.layers_done == 2);
  CHECK(progress.layers_total == 2);
}

TEST_CASE("while layers come and go, unchanged inodes are counted right and nothing fails") {
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
    const RootCounts counts = walked(walkRequest(dir.path(), snapshotsIn(dir.path())));
    REQUIRE(counts.max_links == 14);
    REQUIRE(counts.hot_inodes[0].names_in_root == 14);
    REQUIRE(counts.errors.unread_directories == 0);
  }
  done = true;
}

}  // namespace
}  // namespace hardlink
