// Refreshes by both engines against full censuses. Needs root.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "census/ext4/ext4_volume.h"
#include "changing_tree.h"
#include "support/catch.h"
#include "support/loop_mount.h"
#include "unit/census/ext4/two_engines.h"
#include "unit/census/walk/literal_farm.h"

namespace hardlink {
namespace {

using std::chrono::milliseconds;

/// Longer than a tick of the clock that gives inodes their times, on any kernel.
constexpr milliseconds kTick{25};

std::unique_ptr<CensusEngine> engineFor(EngineWish kind, const std::string& root) {
  return kind == EngineWish::walk ? makeWalkEngine() : ext4EngineFor(root);
}

/// Runs a test case once for each engine.
EngineWish eachEngine() {
  const EngineWish kind = GENERATE(EngineWish::ext4, EngineWish::walk);
  CAPTURE(kind == EngineWish::walk);
  return kind;
}

CensusRequest refreshOf(const std::string& root) {
  CensusRequest request = requestFor(root, snapshotsIn(root));
  request.keep_units = true;
  return request;
}

/// The first name of each alone: which further ones are found depends on what is read.
RootCounts withOneNameEach(RootCounts counts) {
  for (HotInode& hot : counts.hot_inodes) {
    hot.paths.resize(std::min<std::size_t>(1, hot.paths.size()));
  }
  return counts;
}

/// Checks that a refresh says what a full census by the same engine and a walk say, which keep its
/// names where these are right.
void checkRefreshed(EngineWish kind, CensusRequest request, const FilesystemInfo& filesystem,
                    RootCounts refreshed) {
  request.keep_units = false;
  for (const HotInode& hot : refreshed.hot_inodes) {
    REQUIRE_FALSE(hot.paths.empty());
    request.known_paths.push_back({hot.inode, hot.paths.front()});
  }
  const RootCounts full = countedBy(*engineFor(kind, request.path), request, filesystem);
  CAPTURE(refreshed.directories_read, refreshed.directories_unchanged);
  CHECK(full.directories_unchanged == 0);
  CHECK(refreshed.directories_read + refreshed.directories_unchanged == full.directories_read);
  CHECK(refreshed.contradictions.empty());
  checkSame(countedBy(*makeWalkEngine(), request, filesystem), refreshed);
  refreshed.directories_read = full.directories_read;
  refreshed.directories_unchanged = 0;
  refreshed.binding_path = full.binding_path;  // its name is kept as a hot inode's
  CHECK((withOneNameEach(refreshed) == withOneNameEach(full)));
}

/// Waits until whatever changes now is in another tick than what has changed.
void passTick() { std::this_thread::sleep_for(kTick); }

/// mkfs gives `lost+found` a time in seconds, which the walk does not rely on before the second is
/// over.
void giveNanoseconds(const LoopMount& mount) { runProgram({"touch", mount / "lost+found"}); }

/// Snapshots from number `first` up to `end`, each of 30 directories with 300 files. Writes them to
/// the disk: blocks that are not written yet are known to the kernel alone.
void plantSnapshots(const LoopMount& mount, unsigned first, unsigned end) {
  for (unsigned s = first; s < end; ++s) {
    for (unsigned d = 0; d < 30; ++d) {
      std::vector<TreeEntry> names;
      for (unsigned f = 0; f < 10; ++f) {
        const std::string name = "f" + std::to_string(f);
        const std::string original = "s0/d" + std::to_string(d) + "/" + name;
        names.push_back(s == 0 ? makeFile(name, "x") : makeLink(name, original));
      }
      plant(mount.path(), {makeDir("s" + std::to_string(s),
                                   {makeDir("d" + std::to_string(d), std::move(names))})});
    }
  }
  const Fd root(open(mount.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  throwErrnoUnless(syncfs(root.get()) == 0, "syncfs");
}

TEST_CASE("a refresh reads the snapshots that have changed and no other") {
  const LoopMount mount(LoopOptions{});
  giveNanoseconds(mount);
  plantSnapshots(mount, 0, 6);
  const std::string& root = mount.path();
  const EngineWish kind = eachEngine();
  const auto engine = engineFor(kind, root);
  constexpr std::uint64_t kShallow = 1;
  constexpr std::uint64_t kUnit = 31;
  constexpr std::uint64_t kOthers = 1;  // lost+found
  FilesystemInfo filesystem = filesystemOf(root);
  filesystem.link_limit.reset();  // otherwise the inode that binds the root is named
  std::size_t hot_inodes = 0;
  const auto refresh = [&] {
    passTick();
    CensusRequest request = refreshOf(root);
    request.hot_inodes = hot_inodes;
    const RootCounts counts = countedBy(*engine, request, filesystem);
    checkRefreshed(kind, request, filesystem, counts);
    return counts.directories_read;
  };
  SECTION("names of hot inodes are not read again") {
    hot_inodes = 10;
    CHECK(refresh() == kShallow + 6 * kUnit + kOthers);
    CHECK(refresh() == kShallow);
    plantSnapshots(mount, 6, 7);
    CHECK(refresh() == kShallow + kUnit);
    return;
  }
  CHECK(refresh() == kShallow + 6 * kUnit + kOthers);
  CHECK(refresh() == kShallow);
  SECTION("a new snapshot") {
    plantSnapshots(mount, 6, 7);
    CHECK(refresh() == kShallow + kUnit);
    CHECK(refresh() == kShallow);
  }
  SECTION("names of inodes that were not hot are read once, in the first and the last snapshot") {
    hot_inodes = 10;
    CHECK(refresh() == kShallow + 2 * kUnit);
    CHECK(refresh() == kShallow);
    plantSnapshots(mount, 6, 7);
    CHECK(refresh() == kShallow + kUnit);
    CHECK(refresh() == kShallow);
  }
  SECTION("one that is removed") {
    runProgram({"rm", "-r", mount / "s3"});
    CHECK(refresh() == kShallow);
  }
  SECTION("the one by whose names the walk stats the files") {
    runProgram({"rm", "-r", mount / "s0"});
    const std::uint64_t read = refresh();
    // Its two threads may begin with one snapshot each.
    CHECK((kind == EngineWish::ext4 ? read == kShallow
                                    : read > kShallow && read <= kShallow + 2 * kUnit));
    CHECK(refresh() == kShallow);
  }
  SECTION("a file that only one has, by whose names the walk stats the others") {
    passTick();
    plant(root, {makeDir("s0/d0", {makeFile("new")})});
    CHECK(refresh() <= kShallow + 3 * kUnit);
    CHECK(refresh() == kShallow);
    throwErrnoUnless(link((mount / "s0/d0/new").c_str(), (mount / "s5/d0/new").c_str()) == 0,
                     "link");
    throwErrnoUnless(unlink((mount / "s0/d0/new").c_str()) == 0, "unlink");
    CHECK(refresh() <= kShallow + 4 * kUnit);
    CHECK(refresh() == kShallow);
  }
  SECTION("a link from outside") {
    throwErrnoUnless(link((mount / "s1/d3/f3").c_str(), (mount / "outside").c_str()) == 0, "link");
    CHECK(refresh() == kShallow);
  }
  SECTION("a link to an old file") {
    throwErrnoUnless(link((mount / "s1/d3/f3").c_str(), (mount / "s2/d3/new").c_str()) == 0,
                     "link");
    CHECK(refresh() == kShallow + kUnit);
    CHECK(refresh() == kShallow);
  }
  SECTION("a directory renamed from one to another") {
    throwErrnoUnless(rename((mount / "s1/d3").c_str(), (mount / "s2/d3/moved").c_str()) == 0, "mv");
    CHECK(refresh() == kShallow + 2 * kUnit);
  }
  SECTION("one that is renamed") {
    throwErrnoUnless(rename((mount / "s2").c_str(), (mount / "s20").c_str()) == 0, "mv");
    CHECK(refresh() == kShallow + kUnit);  // the directory's own inode says when it was renamed
  }
  SECTION("a file that grows") {
    runProgram(
        {"dd", "if=/dev/zero", "of=" + (mount / "s2/d3/f3"), "bs=4096", "count=20", "conv=fsync"});
    CHECK(refresh() == kShallow);
  }
  SECTION("another mount") {
    const Mount hides({"-t", "tmpfs", "none"}, mount / "s2/d3");
    if (kind == EngineWish::ext4) {
      CHECK(refresh() == kShallow + 6 * kUnit - 1 + kOthers);
      CHECK(refresh() == kShallow);
    } else {  // the walk does not keep a unit with a mount in it
      CHECK(refresh() == kShallow + kUnit - 1);
      CHECK(refresh() == kShallow + kUnit - 1);
    }
  }
  SECTION("a mount of a directory over itself") {
    const Mount hides({"--bind", mount / "s2/d3"}, mount / "s2/d3");
    CHECK(refresh() > kShallow);
  }
  SECTION("a filesystem that is mounted again") {
    runProgram({"mount", "-o", "remount,ro", root});
    (void)refresh();
    runProgram({"mount", "-o", "remount,rw", root});
    // What the kernel says of a directory is the same, the superblock on the device is not.
    CHECK(refresh() >= (kind == EngineWish::ext4 ? kShallow + 6 * kUnit + kOthers : kShallow));
  }
}

TEST_CASE("the names of the inode that binds the root are known without reading the layers again") {
  const LoopMount mount(LoopOptions{});
  giveNanoseconds(mount);
  // Only the last layer is bound by it, so that it comes into question when the others are done.
  for (unsigned s = 0; s < 8; ++s) {
    const std::string name = "s" + std::to_string(s);
    plant(mount.path(), {makeDir(name, {s == 0 ? makeFile("f") : makeLink("f", "s0/f"),
                                        makeFile("own"), makeLinks("o", 3 + s, name + "/own")})});
  }
  plant(mount.path(), {makeDir("s8", {makeLinks("f", 50, "s0/f")})});
  const EngineWish kind = eachEngine();
  const auto engine = engineFor(kind, mount.path());
  CensusRequest request = refreshOf(mount.path());
  request.threads = 1;
  request.hot_inodes = 1;
  for (int i = 0; i < 3; ++i) {
    passTick();
    const RootCounts counts = countedBy(*engine, request);
    CHECK(counts.directories_read == (i == 0 ? 11 : 1));
    REQUIRE(counts.tracked.size() == 1);
    CHECK(counts.tracked[0].inode == inodeOf(mount / "s0/f"));
    CHECK(counts.tracked[0].layers.size() == 9);
    checkRefreshed(kind, request, filesystemOf(mount.path()), counts);
  }
}

TEST_CASE("a snapshot that is read for one file keeps the names by which the walk stats others") {
  const LoopMount mount(LoopOptions{});
  giveNanoseconds(mount);
  plant(mount.path(),
        {makeDir("s0", {makeFile("f")}), makeDir("s1", {makeLink("f", "s0/f"), makeFile("g")}),
         makeDir("s2", {makeLink("f", "s0/f"), makeLink("g", "s1/g"), makeFile("h")}),
         makeDir("s3", {makeLink("f", "s0/f"), makeLink("h", "s2/h")})});
  const auto engine = makeWalkEngine();
  CensusRequest request = refreshOf(mount.path());
  request.threads = 1;
  request.hot_inodes = 0;
  FilesystemInfo filesystem = filesystemOf(mount.path());
  filesystem.link_limit.reset();  // otherwise the inode that binds the root is named
  const auto refresh = [&] {
    passTick();
    const RootCounts counts = countedBy(*engine, request, filesystem);
    checkRefreshed(EngineWish::walk, request, filesystem, counts);
    return counts.directories_read;
  };
  CHECK(refresh() == 6);  // the root, the snapshots, and lost+found
  CHECK(refresh() == 1);
  throwErrnoUnless(unlink((mount / "s1/g").c_str()) == 0, "unlink");
  CHECK(refresh() == 3);  // s2 too: g was known by its name in s1
  CHECK(refresh() == 1);
}

TEST_CASE("what may change within the tick of its last change is read again") {
  const LoopMount mount(LoopOptions{});
  plantSnapshots(mount, 0, 3);
  const std::string& root = mount.path();
  const auto engine = engineFor(eachEngine(), root);
  for (unsigned i = 0; i < 300; ++i) {
    // Both sides of a census are in one tick, most of the time.
    const std::string name = mount / ("s1/d0/n" + std::to_string(i));
    throwErrnoUnless(link((mount / "s0/d0/f0").c_str(), (name + "a").c_str()) == 0, "link");
    REQUIRE(countedBy(*engine, refreshOf(root)).names == 900 + 2 * i + 1);
    throwErrnoUnless(link((mount / "s0/d0/f0").c_str(), (name + "b").c_str()) == 0, "link");
    REQUIRE(countedBy(*engine, refreshOf(root)).names == 900 + 2 * i + 2);
  }
}

/// How many rounds of random changes: HARDLINK_REFRESH_STEPS, or `few`.
unsigned steps(unsigned few) {
  const char* const wanted = std::getenv("HARDLINK_REFRESH_STEPS");
  return wanted == nullptr ? few : static_cast<unsigned>(std::atoi(wanted));
}

void refreshDuringChanges(EngineWish kind, const LoopOptions& filesystem, unsigned seed) {
  const LoopMount mount(filesystem);
  const std::string& root = mount.path();
  ChangingTree tree(root, seed);
  std::mt19937 random(seed);
  const auto oneIn = [&](unsigned n) { return random() % n == 0; };
  const auto engine = engineFor(kind, root);
  std::uint64_t unchanged = 0;
  std::uint64_t read = 0;
  const bool has_seconds = filesystem.type == "ext3";
  const unsigned rounds = steps(300);
  for (unsigned round = 0; round < rounds; ++round) {
    for (unsigned changes = random() % 4; changes > 0; --changes) {
      tree.change();
    }
    CensusRequest request = refreshOf(root);
    if (oneIn(4)) {  // while it counts
      std::jthread writer([&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
          tree.change();
        }
      });
      const RootCounts counts = countedBy(*engine, request);
      CHECK(counts.contradictions.empty());
      writer.request_stop();
      writer.join();
      request = refreshOf(root);
    } else if (has_seconds && oneIn(20)) {
      std::this_thread::sleep_for(milliseconds(1100));
    } else if (oneIn(2)) {
      passTick();
    }
    request.full = oneIn(10);
    const RootCounts counts = countedBy(*engine, request);
    unchanged += counts.directories_unchanged;
    read += counts.directories_read;
    CAPTURE(seed, round);
    checkRefreshed(kind, request, filesystemOf(root), counts);
  }
  CAPTURE(read);
  CHECK(unchanged > rounds / 10);  // otherwise nothing was tested
}

TEST_CASE("after random changes refresh after refresh equals a full census") {
  const LoopOptions kSeconds{.type = "ext3", .mkfs_options = {"-I", "128"}};
  SECTION("ext4") { refreshDuringChanges(EngineWish::ext4, {}, 1); }
  SECTION("inline data and small blocks") {
    refreshDuringChanges(EngineWish::ext4, {.mkfs_options = {"-b", "1024", "-O", "inline_data"}},
                         2);
  }
  SECTION("inodes with seconds alone") { refreshDuringChanges(EngineWish::ext4, kSeconds, 3); }
  SECTION("walk") { refreshDuringChanges(EngineWish::walk, {}, 4); }
  SECTION("walk, inodes with seconds alone") {
    refreshDuringChanges(EngineWish::walk, kSeconds, 5);
  }
  SECTION("walk, XFS") { refreshDuringChanges(EngineWish::walk, {.type = "xfs"}, 6); }
}

/// The byte of the device with the inode number of the entry `name` in the first block that has it.
std::uint64_t offsetOfEntry(int device, const std::string& name, std::uint64_t size) {
  std::vector<char> block(4096);
  for (std::uint64_t at = 0; at < size; at += block.size()) {
    throwErrnoUnless(pread(device, block.data(), block.size(), static_cast<off_t>(at)) >= 0,
                     "read");
    const auto found = std::search(block.begin(), block.end(), name.begin(), name.end());
    if (found != block.end()) {
      return at + static_cast<std::uint64_t>(found - block.begin()) - 8;
    }
  }
  throw std::runtime_error("no such entry: " + name);
}

TEST_CASE("a full census finds what no directory's inode showed, and refreshes end then") {
  const LoopOptions options{.mkfs_options = {"-O", "^metadata_csum"}, .size_bytes = 32U << 20U};
  const LoopMount mount(options);
  giveNanoseconds(mount);
  plantSnapshots(mount, 0, 3);
  throwErrnoUnless(
      link((mount / "s0/d0/f0").c_str(), (mount / "s1/d7/an-unusual-name").c_str()) == 0, "link");
  const std::string& root = mount.path();
  const auto engine = engineFor(eachEngine(), root);
  CensusRequest request = refreshOf(root);
  request.threads = 1;  // so that s0 is read first, and the walk stats no inode by the changed name
  passTick();
  (void)countedBy(*engine, request);
  const Fd device(open(mount.device().c_str(), O_RDWR | O_CLOEXEC));
  const std::uint64_t offset = offsetOfEntry(device.get(), "an-unusual-name", options.size_bytes);
  const auto other = static_cast<std::uint32_t>(inodeOf(mount / "s0/d0/f1"));
  throwErrnoUnless(pwrite(device.get(), &other, sizeof other, static_cast<off_t>(offset)) > 0,
                   "write");
  passTick();
  const RootCounts misled = countedBy(*engine, request);
  CHECK(misled.directories_unchanged > 90);
  CHECK(misled.contradictions.empty());

  request.full = true;
  const RootCounts counts = countedBy(*engine, request);
  CHECK(counts.contradictions == std::vector<std::string>{"s1"});
  CHECK(counts.directories_unchanged == 0);
  // What was wrong once is not relied on again.
  request.full = false;
  CHECK(countedBy(*engine, request).directories_unchanged == 0);
}

}  // namespace
}  // namespace hardlink
