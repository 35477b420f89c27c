// What the ext4 engine reads again between two censuses, on real filesystems. Needs root.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "census/ext4/ext4_watch.h"
#include "support/catch.h"
#include "support/loop_mount.h"
#include "support/skip.h"
#include "two_engines.h"
#include "unit/census/walk/literal_farm.h"

namespace hardlink {
namespace {

const SkipBinary needs_loop_mounts(whyNoLoopMounts());

constexpr double kAnyDuty = 1.0;
const std::vector<std::uint64_t> kBuckets = {1, 2, 10, 100};

/// The bytes that the calling thread has read so far, from the page cache or from a device.
std::uint64_t bytesRead() {
  std::ifstream io("/proc/thread-self/io");
  std::string key;
  std::uint64_t bytes = 0;
  io >> key >> bytes;
  REQUIRE(key == "rchar:");
  return bytes;
}

std::uint64_t inodeOf(const std::string& path) {
  struct stat status {};
  throwErrnoUnless(lstat(path.c_str(), &status) == 0, "lstat " + path);
  return status.st_ino;
}

void makeLinksOf(const std::string& file, const std::string& directory, unsigned count) {
  for (unsigned i = 0; i < count; ++i) {
    const std::string to = directory + "/" + std::to_string(i);
    throwErrnoUnless(link(file.c_str(), to.c_str()) == 0, "link " + to);
  }
}

LinksNow linksNow(Ext4Engine& engine, double max_duty = kAnyDuty) {
  Result<LinksNow> now = engine.readLinks(kBuckets, max_duty, {});
  INFO((now ? "" : now.error().message()));
  REQUIRE(now);
  return std::move(*now);
}

/// The present links of `inode`; nothing if the watch did not read it.
std::optional<std::uint64_t> linksOf(const LinksNow& now, std::uint64_t inode) {
  const auto found = std::find_if(now.links.begin(), now.links.end(),
                                  [&](const InodeLinks& entry) { return entry.inode == inode; });
  return found == now.links.end() ? std::nullopt : std::optional(found->links);
}

TEST_CASE("a watch of a small root reads all its inodes and gives the histogram") {
  const LoopMount mount(LoopOptions{});
  plant(mount.path(), {makeDir("outside"),
                       makeDir("r", {makeDir("a", {makeFile("f"), makeFile("g"), makeFile("gone")}),
                                     makeDir("b", {makeLink("f", "r/a/f"), makeLink("g", "r/a/g"),
                                                   makeLink("gone", "r/a/gone")})})});
  const auto engine = ext4EngineFor(mount.path());
  const RootCounts counts = countedBy(*engine, requestFor(mount / "r"));
  REQUIRE(counts.inodes == 3);
  makeLinksOf(mount / "r/a/f", mount / "outside", 50);
  const std::uint64_t gone = inodeOf(mount / "r/a/gone");
  runProgram({"rm", mount / "r/a/gone", mount / "r/b/gone"});

  const LinksNow now = linksNow(*engine);
  CHECK(linksOf(now, inodeOf(mount / "r/a/f")) == 52U);
  CHECK(linksOf(now, inodeOf(mount / "r/a/g")) == 2U);
  CHECK(linksOf(now, gone) == 0U);
  CHECK(now.other_links == 0);
  REQUIRE(now.inode_links);
  CHECK(now.inode_links->cumulative() == std::vector<std::uint64_t>{0, 1, 1, 2, 2});
  CHECK(now.inode_links->sum() == 54);
}

TEST_CASE("inodes that a census has counted and not remembered have one link in the histogram") {
  const LoopMount mount(LoopOptions{});
  plant(mount.path(), {makeFile("f"), makeLinks("l", 4, "f"), makeFile("one"), makeFile("two")});
  const Fd device(open(mount.device().c_str(), O_RDONLY | O_CLOEXEC));
  const auto volume = Ext4Volume::open(device.get());
  REQUIRE(volume);
  const std::uint64_t shared = inodeOf(mount / "f");
  InodeTable::Record hottest;
  hottest.inode = shared;
  hottest.links = 5;
  Ext4Watch watch;
  watch.begin(*volume, {shared}, {hottest}, 3);
  const auto now = watch.readLinks(kBuckets, kAnyDuty, {});
  REQUIRE(now);
  CHECK(linksOf(*now, shared) == 5U);
  CHECK(now->other_links == 1);
  REQUIRE(now->inode_links);
  CHECK(now->inode_links->cumulative() == std::vector<std::uint64_t>{2, 2, 3, 3, 3});
}

TEST_CASE("within max_duty of the last whole pass only the hottest inodes are read") {
  const LoopMount mount(LoopOptions{});
  plant(mount.path(), {makeDir("r", {makeFile("f"), makeLink("g", "r/f")})});
  const auto engine = ext4EngineFor(mount.path());
  (void)countedBy(*engine, requestFor(mount / "r"));
  constexpr double kTinyDuty = 1e-12;
  CHECK(linksNow(*engine, kTinyDuty).inode_links);
  const LinksNow now = linksNow(*engine, kTinyDuty);
  CHECK_FALSE(now.inode_links);
  CHECK(linksOf(now, inodeOf(mount / "r/f")) == 2U);
}

/// With one inode on each page of the device, the inodes of a root soon are more than a whole pass
/// may read.
const LoopOptions kAPageForEach{.mkfs_options = {"-I", "4096", "-N", "24000"},
                                .size_bytes = std::uint64_t{1} << 30U};

TEST_CASE("where all inodes are too many bytes, a watch reads the hottest thousand") {
  const LoopMount mount(kAPageForEach);
  plant(mount.path(),
        {makeDir("outside"), makeDir("later"), makeDir("r", {makeDir("a"), makeDir("b")})});
  plantTenThousand(mount / "r/a");
  plantTenThousand(mount / "r/b");
  runProgram({"cp", "-al", mount / "r/a", mount / "r/c"});
  runProgram({"cp", "-al", mount / "r/b", mount / "r/d"});
  const std::string hot = mount / "r/b/d1/f1";
  const std::string cold = mount / "r/b/d99/f99";
  makeLinksOf(hot, mount / "outside", 5);
  const auto engine = ext4EngineFor(mount.path());
  const RootCounts counts = countedBy(*engine, requestFor(mount / "r"));
  REQUIRE(counts.inodes == 20000);
  makeLinksOf(hot, mount / "later", 10);
  makeLinksOf(cold, mount / "r/a/d0", 20);

  const std::uint64_t before = bytesRead();
  const LinksNow now = linksNow(*engine);
  // A page for each inode, and what tells the filesystem from another.
  CHECK(bytesRead() - before <= (Ext4Watch::kHottest + 1) * 4096);
  CHECK(now.links.size() == Ext4Watch::kHottest);
  CHECK(linksOf(now, inodeOf(hot)) == 17U);
  CHECK_FALSE(linksOf(now, inodeOf(cold)));
  CHECK(now.other_links == 2);
  CHECK_FALSE(now.inode_links);
}

/// An unmounted filesystem with 400,000 inode slots.
class UsedTables {
 public:
  UsedTables() : image_(directory_.path() + "/image"), mounted_(directory_.path() + "/mnt") {
    throwErrnoUnless(mkdir(mounted_.c_str(), 0755) == 0, "mkdir");
    runProgram({"truncate", "-s", "4G", image_});
    runProgram({"mkfs.ext4", "-q", "-N", "400000", image_});
  }

  [[nodiscard]] Mount mount() const { return Mount({"-o", "loop", image_}, mounted_); }

  /// Makes its descriptors say that every slot was once in use.
  void markUsed() const {
    const std::string commands = directory_.path() + "/commands";
    std::ofstream out(commands);
    for (int group = 0; group < 32; ++group) {     // 128 MiB each
      out << "set_bg " << group << " flags 0x4\n"  // EXT2_BG_INODE_ZEROED alone
          << "set_bg " << group << " itable_unused 0\n"
          << "set_bg " << group << " checksum calc\n";
    }
    out.close();
    runProgram({"debugfs", "-w", "-f", commands, image_});
  }

 private:
  TempDir directory_;
  std::string image_;
  std::string mounted_;
};

TEST_CASE("what a watch reads follows the root and not the filesystem") {
  const UsedTables filesystem;
  {
    const Mount mount = filesystem.mount();
    plant(mount.path(), {makeDir("r", {makeDir("snap.0", {makeFile("f0")}), makeDir("snap.1")})});
    for (unsigned i = 1; i < 500; ++i) {
      plant(mount.path() + "/r/snap.0", {makeFile("f" + std::to_string(i))});
    }
    for (unsigned i = 0; i < 500; ++i) {
      const std::string name = "/f" + std::to_string(i);
      throwErrnoUnless(link((mount.path() + "/r/snap.0" + name).c_str(),
                            (mount.path() + "/r/snap.1" + name).c_str()) == 0,
                       "link " + name);
    }
  }
  filesystem.markUsed();
  const Mount mount = filesystem.mount();
  const std::string root = mount.path() + "/r";
  const auto engine = ext4EngineFor(root);
  REQUIRE(engine->usedSlots() >= 400000);
  (void)countedBy(*engine, requestFor(root));
  makeLinksOf(root + "/snap.0/f7", root, 7);

  const std::uint64_t before = bytesRead();
  const LinksNow now = linksNow(*engine);
  CHECK(bytesRead() - before <= (500 + 1) * 4096);
  CHECK(linksOf(now, inodeOf(root + "/snap.0/f7")) == 9U);
  REQUIRE(now.inode_links);
  CHECK(now.inode_links->cumulative() == std::vector<std::uint64_t>{0, 499, 500, 500, 500});
}

TEST_CASE("a watch reads nothing from a filesystem that was mounted again since the census") {
  const LoopMount mount(LoopOptions{});
  plant(mount.path(), {makeDir("r", {makeFile("f"), makeLink("g", "r/f")})});
  const auto engine = ext4EngineFor(mount.path());
  (void)countedBy(*engine, requestFor(mount / "r"));
  auto after = engine->readLinks(kBuckets, kAnyDuty, {});
  CHECK(after);
  constexpr int kEnough = 1000;  // the time of a mount is in seconds
  for (int i = 0; after && i < kEnough; ++i) {
    runProgram({"mount", "-o", "remount,ro", mount.path()});
    runProgram({"mount", "-o", "remount,rw", mount.path()});
    after = engine->readLinks(kBuckets, kAnyDuty, {});
  }
  REQUIRE_FALSE(after);
  CHECK(after.error().message() == "the filesystem was mounted again since the census");
  (void)countedBy(*engine, requestFor(mount / "r"));
  CHECK(engine->readLinks(kBuckets, kAnyDuty, {}));
}

TEST_CASE("a watch with the ext4 engine that is asked to stop ends with ECANCELED") {
  const LoopMount mount(LoopOptions{});
  plant(mount.path(), {makeDir("r", {makeFile("f"), makeLink("g", "r/f")})});
  const auto engine = ext4EngineFor(mount.path());
  (void)countedBy(*engine, requestFor(mount / "r"));
  std::stop_source stop;
  stop.request_stop();
  const auto now = engine->readLinks(kBuckets, kAnyDuty, stop.get_token());
  REQUIRE_FALSE(now);
  CHECK(now.error().code == ECANCELED);
}

}  // namespace
}  // namespace hardlink
