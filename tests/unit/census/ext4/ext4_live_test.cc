// The ext4 engine on a filesystem that changes under it. Needs root.

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "census/ext4/ext4_volume.h"
#include "support/catch.h"
#include "support/child.h"
#include "support/loop_mount.h"
#include "support/skip.h"
#include "two_engines.h"
#include "unit/census/walk/literal_farm.h"

namespace hardlink {
namespace {

void linkFile(const std::string& from, const std::string& to) {
  throwErrnoUnless(link(from.c_str(), to.c_str()) == 0, "link " + to);
}

void moveTo(const std::string& from, const std::string& to) {
  throwErrnoUnless(rename(from.c_str(), to.c_str()) == 0, "rename " + from);
}

const LayerCounts& layerOf(const RootCounts& counts, const std::string& name) {
  const auto found = std::find_if(counts.layers.begin(), counts.layers.end(),
                                  [&](const LayerCounts& layer) { return layer.name == name; });
  INFO(name);
  REQUIRE(found != counts.layers.end());
  return *found;
}

// ---- The page cache ----

TEST_CASE("the engine finds out with and without preadv2 whether a block is in the page cache") {
  const LoopMount mount(LoopOptions{});
  const auto answers = [&] {
    const Fd device(open(mount.device().c_str(), O_RDONLY | O_CLOEXEC));
    throwErrnoUnless(ioctl(device.get(), BLKFLSBUF) == 0, "BLKFLSBUF");
    const auto volume = Ext4Volume::open(device.get());
    const std::uint64_t nothing_is_there = LoopOptions{}.size_bytes / 2 + 12345;
    std::array<std::byte, 1> byte{};
    std::string text = volume->isCached(nothing_is_there) ? "cached " : "not cached ";
    throwErrnoUnless(static_cast<bool>(volume->read(nothing_is_there, byte)), "read");
    return text + (volume->isCached(nothing_is_there) ? "cached" : "not cached");
  };
  CHECK(answers() == "not cached cached");
  for (const int error : {ENOSYS, EPERM}) {
    CAPTURE(error);
    CHECK(inChild([&] {
            refuseCalls({SYS_preadv2}, error);
            return answers();
          }) == "not cached cached");
  }
}

// ---- Unsynced changes ----

TEST_CASE("a new link and its removal are counted at once, without a sync") {
  const LoopMount mount(LoopOptions{});
  plant(mount.path(), {makeDir("a", {makeFile("f")}), makeDir("b", {makeLink("f", "a/f")})});
  const auto engine = ext4EngineFor(mount.path());
  for (unsigned i = 1; i <= 300; ++i) {
    linkFile(mount / "a/f", mount / ("b/g" + std::to_string(i)));
    const RootCounts counts =
        countedBy(*engine, requestFor(mount.path(), snapshotsIn(mount.path())));
    REQUIRE(counts.max_links == 2 + i);
    REQUIRE(counts.hot_inodes.at(0).names_in_root == 2 + i);
    REQUIRE(layerOf(counts, "b").names == 1 + i);
    REQUIRE(counts.errors.unread_directories == 0);
  }
  for (unsigned i = 300; i > 0; --i) {
    throwErrnoUnless(unlink((mount / ("b/g" + std::to_string(i))).c_str()) == 0, "unlink");
    const RootCounts counts =
        countedBy(*engine, requestFor(mount.path(), snapshotsIn(mount.path())));
    REQUIRE(counts.max_links == 1 + i);
    REQUIRE(counts.names == 1 + i);
  }
}

TEST_CASE("new files and directories are counted at once, also in unused parts of the disk") {
  const LoopMount mount(LoopOptions{});
  plant(mount.path(), {makeDir("a", {makeFile("f")}), makeDir("b", {makeLink("f", "a/f")})});
  const auto engine = ext4EngineFor(mount.path());
  for (unsigned i = 1; i <= 200; ++i) {
    // Top-level directories are spread over the block groups.
    plant(mount.path(), {makeDir("d" + std::to_string(i),
                                 {makeFile("own"), makeDir("e"), makeLink("f", "a/f")})});
    const RootCounts counts =
        countedBy(*engine, requestFor(mount.path(), snapshotsIn(mount.path())));
    REQUIRE(counts.max_links == 2 + i);
    REQUIRE(counts.inodes == 1 + i);
    REQUIRE(counts.names == 2 + 2 * i);
    REQUIRE(counts.directories == 3 + 2 * i);  // with lost+found
    REQUIRE(counts.layers.size() == 2 + i);
  }
}

TEST_CASE("a new engine finds the names of a directory that grows out of its inode and block") {
  const LoopMount mount({.mkfs_options = {"-O", "inline_data"}});
  plant(mount.path(), {makeDir("a", {makeFile("f")})});
  for (unsigned i = 1; i <= 100; ++i) {
    // The directory grows out of its inode, then out of its first block.
    linkFile(mount / "a/f", mount / ("a/a-name-of-some-length-" + std::to_string(i)));
    const auto engine = ext4EngineFor(mount.path());
    REQUIRE(countedBy(*engine, requestFor(mount.path(), snapshotsIn(mount.path()))).names == 1 + i);
  }
}

TEST_CASE("a directory renamed from one layer to another is counted in its new one") {
  const LoopMount mount(LoopOptions{});
  plant(mount.path(),
        {makeDir("a", {makeFile("f"), makeDir("moving", {makeLinks("l", 50, "a/f")})}),
         makeDir("b", {makeLink("f", "a/f")})});
  const auto engine = ext4EngineFor(mount.path());
  for (unsigned i = 0; i < 100; ++i) {
    const bool to_b = i % 2 == 0;
    moveTo(mount / (to_b ? "a/moving" : "b/moving"), mount / (to_b ? "b/moving" : "a/moving"));
    const RootCounts counts =
        countedBy(*engine, requestFor(mount.path(), snapshotsIn(mount.path())));
    REQUIRE(layerOf(counts, "a").names == (to_b ? 1 : 51));
    REQUIRE(layerOf(counts, "b").names == (to_b ? 51 : 1));
    REQUIRE(counts.names == 52);
  }
}

/// A farm with series at several depths and other directories and files beside them.
Farm plantFarm(const LoopMount& mount) {
  const std::string f = "hosts/alpha/2024-01-01/f";
  plant(mount.path(),
        {makeDir("hosts", {makeDir("alpha", {makeDir("2024-01-01", {makeFile("f"), makeFifo("p")}),
                                             makeDir("2024-01-02", {makeLinks("f", 30, f)}),
                                             makeDir("notes", {makeFile("n")}), makeFile("log")}),
                           makeDir("beta", {makeDir("2024-01-01", {makeLinks("f", 20, f)})})}),
         makeDir("deep",
                 {makeDir("a", {makeDir("b", {makeDir("c", {makeDir("1", {makeLink("f", f)})}),
                                              makeLinks("beside", 5, f)})})}),
         makeDir("pool", {makeLinks("f", 40, f)})});
  Farm farm = snapshotsIn(mount.path(), {"hosts/*/2024*", "deep/a/b/c/1"});
  farm.heads = {"deep/a/b/c/1", "hosts/alpha/2024-01-02", "hosts/beta/2024-01-01"};
  return farm;
}

TEST_CASE("layers, heads and users at any depth are the same to both engines") {
  const LoopMount mount(LoopOptions{});
  const Farm farm = plantFarm(mount);
  CensusRequest request = requestFor(mount.path(), farm);
  const auto engine = ext4EngineFor(mount.path());
  SECTION("snapshots") {
    const RootCounts counts = checkBothAgree(*engine, request);
    REQUIRE(counts.layers.size() == 4);
    CHECK(counts.layers[0].name == "deep/a/b/c/1");
    CHECK(layerOf(counts, "hosts/alpha/2024-01-02").head);
    CHECK_FALSE(layerOf(counts, "hosts/alpha/2024-01-01").head);
    REQUIRE(counts.round_pressure.entries().size() == 1);
    CHECK(counts.round_pressure.entries()[0].links == 97);
    CHECK(counts.round_pressure.entries()[0].names == 51);
  }
  SECTION("snapshots whose copies link all") {
    request.farm.links_special_files = true;
    checkBothAgree(*engine, request);
  }
  SECTION("a store") {
    request.farm = {};
    request.farm.layout = Layout::store;
    request.farm.users = {"deep/a/b", "hosts/alpha", "hosts/beta/2024-01-01"};
    const RootCounts counts = checkBothAgree(*engine, request);
    CHECK(counts.links_per_user == 31U);
  }
  SECTION("what nobody knows") {
    request.farm = {};
    const HotInode hottest = countedBy(*engine, request).hot_inodes.at(0);
    request.farm.samples = {{hottest.paths.at(0), hottest.inode}};
    const RootCounts counts = checkBothAgree(*engine, request);
    REQUIRE(counts.located.size() == 1);
    CHECK(counts.located[0].children == std::vector<std::string>{"deep", "hosts", "pool"});
    CHECK(counts.child_links.size() == 3);
  }
}

// ---- Changes while it counts ----

/// Repeats `change` in a thread until destroyed. An exception in it ends the test binary.
class Churn {
 public:
  explicit Churn(std::function<void(unsigned)> change)
      : thread_([change = std::move(change)](const std::stop_token& stop) {
          for (unsigned round = 0; !stop.stop_requested(); ++round) {
            change(round);
          }
        }) {}

 private:
  std::jthread thread_;
};

std::string longName(unsigned number) { return std::to_string(number) + std::string(80, 'x'); }

void removeAll(const std::string& path) { runProgram({"rm", "-rf", path}); }

/// The layers `quiet0` to `quiet3` with 1,000 names of one inode, and a `busy` directory that
/// changes.
void plantQuietAndBusy(const LoopMount& mount) {
  const std::string sum = "quiet0/db/sum";
  plant(mount.path(),
        {makeDir("quiet0", {makeDir("db", {makeFile("sum", "x"), makeLinks("l", 249, sum)}),
                            makeFile("own")})});
  for (const char* name : {"quiet1", "quiet2", "quiet3"}) {
    plant(mount.path(),
          {makeDir(name, {makeDir("db", {makeLinks("l", 250, sum)}),
                          makeDir("sub", {makeFile("own"), makeSymlink("s", "x")})})});
  }
  plant(mount.path(), {makeDir("busy", {makeFile("target"), makeDir("grows"), makeDir("p"),
                                        makeDir("q"), makeDir("files")})});
}

/// Removes and makes whole snapshots.
void churnSnapshots(const std::string& root, unsigned round) {
  const std::string name = "snapshot" + std::to_string(round % 4);
  removeAll(root + "/" + name);
  plant(root, {makeDir(name, {makeDir("etc", {makeFile("f"), makeLinks("t", 40, "busy/target")}),
                              makeDir("var", {makeDir("lib", {makeFile("g"), makeFile("h")})})})});
}

/// Lets a directory grow until its index splits, then makes it again.
void churnGrowth(const std::string& root, unsigned round) {
  const std::string directory = root + "/busy/grows";
  const unsigned step = round % 3000;
  if (step == 0) {
    removeAll(directory);
    throwErrnoUnless(mkdir(directory.c_str(), 0755) == 0, "mkdir");
  }
  linkFile(root + "/busy/target", directory + "/" + longName(step));
}

/// Renames a tree to and fro.
void churnRenames(const std::string& root, unsigned round) {
  if (round == 0) {
    plant(root, {makeDir("busy", {makeDir("p", {makeDir("moving", {makeDir("deep", {makeFile("f")}),
                                                                   makeFile("g")})})})});
  }
  const bool back = round % 2 != 0;
  moveTo(root + (back ? "/busy/q/m" : "/busy/p/moving"),
         root + (back ? "/busy/p/moving" : "/busy/q/m"));
}

/// Uses the same inodes again for another kind of file.
void churnFiles(const std::string& root, unsigned round) {
  const std::string path = root + "/busy/files/f" + std::to_string(round % 17);
  if (round % 2 == 0) {
    unlink(path.c_str());
    rmdir(path.c_str());
    plant(root + "/busy/files", {makeFile("f" + std::to_string(round % 17))});
  } else {
    unlink(path.c_str());
    rmdir(path.c_str());
    plant(root + "/busy/files", {makeDir("f" + std::to_string(round % 17))});
  }
}

void checkQuietParts(const RootCounts& before, const RootCounts& now) {
  REQUIRE(now.layout == "snapshots");
  REQUIRE(now.max_links >= 1000);
  for (const LayerCounts& layer : before.layers) {
    if (layer.name.rfind("quiet", 0) == 0) {
      INFO(layer.name);
      REQUIRE((layerOf(now, layer.name) == layer));
    }
  }
  const auto hot = std::find_if(
      now.hot_inodes.begin(), now.hot_inodes.end(),
      [&](const HotInode& inode) { return inode.inode == before.hot_inodes.at(0).inode; });
  REQUIRE(hot != now.hot_inodes.end());
  CHECK(hot->links == before.hot_inodes[0].links);
  CHECK(hot->names_in_root == before.hot_inodes[0].names_in_root);
  CHECK(hot->layers == before.hot_inodes[0].layers);
  CHECK(hot->paths.at(0) == before.hot_inodes[0].paths.at(0));
}

void countDuringChurn(const LoopOptions& filesystem) {
  const LoopMount mount(filesystem);
  plantQuietAndBusy(mount);
  const std::string& root = mount.path();
  const auto engine = ext4EngineFor(root);
  const RootCounts before = countedBy(*engine, requestFor(root, snapshotsIn(root)));
  REQUIRE(before.hot_inodes.at(0).links == 1000);
  std::atomic<unsigned> grown{0};
  {
    const Churn snapshots([&](unsigned round) { churnSnapshots(root, round); });
    const Churn growth([&](unsigned round) {
      churnGrowth(root, round);
      ++grown;
    });
    const Churn renames([&](unsigned round) { churnRenames(root, round); });
    const Churn files([&](unsigned round) { churnFiles(root, round); });
    for (unsigned censuses = 0; censuses < 100 || grown < 3000; ++censuses) {
      checkQuietParts(before, countedBy(*engine, requestFor(root, snapshotsIn(root))));
    }
  }
  checkBothAgree(*engine, requestFor(root, snapshotsIn(root)));
}

TEST_CASE("while trees come, go and move, unchanged parts are counted exactly and nothing fails") {
  SECTION("ext4") { countDuringChurn({}); }
  SECTION("small blocks and inline data") {
    countDuringChurn({.mkfs_options = {"-b", "1024", "-O", "inline_data", "-N", "100000"}});
  }
  SECTION("block maps without checksums") {
    countDuringChurn({.type = "ext3", .mkfs_options = {"-b", "1024", "-N", "100000"}});
  }
}

TEST_CASE("a census with the ext4 engine that is asked to stop ends with ECANCELED") {
  const LoopMount mount(LoopOptions{});
  const auto engine = ext4EngineFor(mount.path());
  std::stop_source stop;
  stop.request_stop();
  CensusProgress progress;
  const auto result = engine->count(requestFor(mount.path(), snapshotsIn(mount.path())),
                                    filesystemOf(mount.path()), progress, stop.get_token());
  REQUIRE_FALSE(result);
  CHECK(result.error().code == ECANCELED);
}

TEST_CASE("a root that is missing is an error with its path for the ext4 engine too") {
  const LoopMount mount(LoopOptions{});
  const FilesystemInfo filesystem = filesystemOf(mount.path());
  const auto engine = ext4EngineFor(mount.path());
  CensusProgress progress;
  const auto missing = engine->count(requestFor(mount / "missing"), filesystem, progress, {});
  REQUIRE_FALSE(missing);
  CHECK(missing.error().message() == "open " + (mount / "missing") + ": No such file or directory");
}

TEST_CASE("the ext4 engine's result does not depend on the number of threads") {
  const LoopMount mount(LoopOptions{});
  plantQuietAndBusy(mount);
  plantTenThousand(mount.path());
  const auto engine = ext4EngineFor(mount.path());
  CensusRequest request = requestFor(mount.path(), snapshotsIn(mount.path()));
  request.threads = 1;
  const RootCounts alone = countedBy(*engine, request);
  for (const unsigned threads : {2U, 5U, 64U}) {
    request.threads = threads;
    CHECK((countedBy(*engine, request) == alone));
  }
}

TEST_CASE("the ext4 engine's final progress is the counts of the result") {
  const LoopMount mount(LoopOptions{});
  plantQuietAndBusy(mount);
  const auto engine = ext4EngineFor(mount.path());
  CensusProgress progress;
  const auto result = engine->count(requestFor(mount.path(), snapshotsIn(mount.path())),
                                    filesystemOf(mount.path()), progress, {});
  REQUIRE(result);
  CHECK(progress.names == result->names);
  CHECK(progress.directories == result->directories + 1);
  CHECK(progress.layers_done == result->layers.size());
  CHECK(progress.layers_total == result->layers.size());
}

}  // namespace
}  // namespace hardlink
