// The counts of both engines for limits other than links, on real filesystems. Needs root.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "support/catch.h"
#include "support/loop_mount.h"
#include "support/skip.h"
#include "two_engines.h"
#include "unit/census/walk/literal_farm.h"
#include "unit/census/walk/tree_oracle.h"

namespace hardlink {
namespace {

const SkipBinary limits_need_loop_mounts(whyNoLoopMounts());

std::vector<TreeEntry> longNamedDirectories(unsigned count) {
  std::vector<TreeEntry> made;
  for (unsigned i = 0; i < count; ++i) {
    made.push_back(makeDir("a directory with a long name, number " + std::to_string(i)));
  }
  return made;
}

/// A filesystem that mke2fs fills from a tree, which gives no directory an index.
class FilledImage {
 public:
  explicit FilledImage(std::vector<TreeEntry> tree) {
    plant(directory_.path(), {makeDir("tree", std::move(tree)), makeDir("mounted")});
    runProgram({"truncate", "-s", "64M", image()});
    runProgram({"mkfs.ext4", "-q", "-b", "1024", "-N", "5000", "-d", directory_ / "tree", image()});
    mount();
  }

  /// Gives every large directory an index.
  void makeIndexes() {
    mounted_.reset();
    runProgram({"sh", "-c", "e2fsck -fyD \"$0\" || test $? = 1", image()});
    mount();
  }
  [[nodiscard]] const std::string& path() const { return mounted_->path(); }
  [[nodiscard]] std::string operator/(const std::string& below) const {
    return path() + "/" + below;
  }

 private:
  [[nodiscard]] std::string image() const { return directory_ / "image"; }
  void mount() {
    mounted_ = std::make_unique<Mount>(
        std::vector<std::string>{"-t", "ext4", "-o", "loop", image()}, directory_ / "mounted");
  }

  TempDir directory_;
  std::unique_ptr<Mount> mounted_;
};

RootCounts fullestBelow(const std::string& path, Farm farm = {}, std::size_t directories = 4) {
  CensusRequest request = requestFor(path, std::move(farm));
  request.hot_directories = directories;
  return checkBothAgree(*ext4EngineFor(path), request);
}

TEST_CASE("a directory of several blocks without an index has a limit until it gets one") {
  FilledImage image({makeDir("a", {makeDir("plain", longNamedDirectories(100))}),
                     makeDir("few", longNamedDirectories(5))});
  // A directory that the kernel fills has an index.
  plant(image.path(), {makeDir("b", longNamedDirectories(300))});
  CHECK(fullestBelow(image.path()).fullest_directories ==
        std::vector<Subdirectories>{
            {"a/plain", 100, 64998}, {"b", 300, {}}, {"few", 5, {}}, {".", 4, {}}});
  image.makeIndexes();
  CHECK(fullestBelow(image.path()).fullest_directories ==
        std::vector<Subdirectories>{
            {"b", 300, {}}, {"a/plain", 100, {}}, {"few", 5, {}}, {".", 4, {}}});
}

TEST_CASE("a directory of layers without an index keeps its limit when most layers are removed") {
  FilledImage image({makeDir("s", longNamedDirectories(100))});
  const auto holders = [&] {
    Farm farm = snapshotsIn(image.path(), {"s/*"});
    farm.layer_holders = {".", "s"};
    const RootCounts counts = fullestBelow(image.path(), farm);
    // Both lists have the same figures of this directory.
    CHECK(counts.fullest_directories.at(0) == counts.holders.at(1));
    return counts.holders;
  };
  CHECK(holders() == std::vector<Subdirectories>{{".", 2, {}}, {"s", 100, 64998}});
  for (const auto& entry : std::filesystem::directory_iterator(image / "s")) {
    if (subdirectoriesOf(image / "s") > 3) {
      std::filesystem::remove(entry.path());
    }
  }
  CHECK(holders() == std::vector<Subdirectories>{{".", 2, {}}, {"s", 3, 64998}});
  image.makeIndexes();
  CHECK(holders() == std::vector<Subdirectories>{{".", 2, {}}, {"s", 3, {}}});
}

TEST_CASE("without dir_nlink every directory has the limit") {
  const LoopMount mount({.mkfs_options = {"-O", "^dir_nlink", "-b", "1024"}});
  plant(mount.path(), {makeDir("d", {makeDir("e", longNamedDirectories(200))})});
  CHECK(fullestBelow(mount.path(), {}, 2).fullest_directories ==
        std::vector<Subdirectories>{{"d/e", 200, 64998}, {".", 2, 64998}});
}

TEST_CASE("the fullest directories of a layer have their paths, byte by byte") {
  const LoopMount mount({.mkfs_options = {"-b", "1024"}});
  const std::string odd = "odd\n\xff name";
  plant(mount.path(),
        {makeDir("1", {makeDir("x", {makeDir(odd, {makeDir("y", longNamedDirectories(90))})}),
                       makeFile("f")}),
         makeDir("2", longNamedDirectories(40))});
  const RootCounts counts = fullestBelow(mount.path(), snapshotsIn(mount.path()), 2);
  CHECK(counts.fullest_directories ==
        std::vector<Subdirectories>{{"1/x/" + odd + "/y", 90, {}}, {"2", 40, {}}});
  checkRemade(counts.layers.at(0), remadeBelow(mount / "1", filesystemOf(mount.path()).costs));
}

/// Files of all kinds, each with two names in `s`.
void plantPairs(const std::string& path) {
  plant(path, {makeDir("s")});
  const auto file = [&](const std::string& name, std::size_t bytes) {
    plant(path, {makeDir("s", {makeFile(name, std::string(bytes, 'x')),
                               makeLink(name + "'", "s/" + name)})});
  };
  for (const std::size_t bytes : {0U, 1U, 60U, 100U, 300U, 1024U, 4096U, 5000U, 300000U}) {
    file("f" + std::to_string(bytes), bytes);
  }
  plant(path,
        {makeDir("s", {makeSymlink("fast", "x"), makeLink("fast'", "s/fast"),
                       makeSymlink("slow", std::string(700, 's')), makeLink("slow'", "s/slow"),
                       makeFifo("p"), makeLink("p'", "s/p"), makeFile("single", "x")})});
  file("sparse", 10);
  REQUIRE(::truncate((path + "/s/sparse").c_str(), off_t{5} << 30U) == 0);
}

/// The blocks of all files with two names by stat(2), without data that is in the inode.
std::uint64_t blocksOfPairs(const std::string& path, std::uint64_t block_bytes) {
  std::uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(path + "/s")) {
    struct stat status {};
    REQUIRE(::lstat(entry.path().c_str(), &status) == 0);
    if (status.st_nlink == 2) {
      bytes += static_cast<std::uint64_t>(status.st_blocks) * 512 / block_bytes * block_bytes;
    }
  }
  return bytes / 2;
}

TEST_CASE("both engines find the size of inodes at the limit, with blocks of any size or none") {
  const std::vector<LoopOptions> filesystems = {
      {.mkfs_options = {"-b", "1024"}},
      {.mkfs_options = {"-O", "inline_data", "-I", "512"}},
      {.mkfs_options = {"-O", "bigalloc", "-C", "65536", "-N", "32768"}},
      {.mkfs_options = {"-O", "^huge_file"}},
      {.type = "ext2"}};
  for (const LoopOptions& options : filesystems) {
    const LoopMount mount(options);
    CAPTURE(options.type, options.mkfs_options);
    plantPairs(mount.path());
    const Fd directory(::open(mount.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    REQUIRE(::syncfs(directory.get()) == 0);
    FilesystemInfo filesystem = filesystemOf(mount.path());
    filesystem.link_limit = 2;
    const auto engine = ext4EngineFor(mount.path());
    const RootCounts counts = checkBothAgree(*engine, requestFor(mount.path()), filesystem);
    const std::uint64_t bytes = blocksOfPairs(mount.path(), filesystem.costs.block_bytes);
    CHECK(bytes >= 300000);
    CHECK(counts.saturated == SaturatedInodes{9 + 1 + 3, 2, bytes});
  }
}

TEST_CASE("on btrfs without extended_iref links end when the longest back reference is full") {
  const LoopMount mount({.type = "btrfs",
                         .mkfs_options = {"-q", "-O", "^extref"},
                         .size_bytes = std::uint64_t{256} << 20U});
  plant(mount.path(), {makeDir("d", {makeFile("0000xxxx")}),
                       makeDir("e", {makeLinks("other", 100, "d/0000xxxx")})});
  std::uint64_t links = 1;
  const auto linkOnce = [&] {
    const std::string name = std::to_string(10000 + links).substr(1) + "xxxx";
    return ::link((mount / "d/0000xxxx").c_str(), (mount / ("d/" + name)).c_str()) == 0;
  };
  while (linkOnce()) {
    ++links;
  }
  REQUIRE(errno == EMLINK);
  FilesystemInfo filesystem = filesystemOf(mount.path());
  filesystem.back_reference_bytes = 16384 - 126;
  const auto names =
      countedBy(*makeWalkEngine(), requestFor(mount.path()), filesystem).fullest_names;
  REQUIRE(names);
  CHECK(names->directory == "d");
  CHECK(names->names == links);
  CHECK(names->bytes == links * 18);
  CHECK(names->shortest_name == 18);
  CHECK(names->bytes <= *filesystem.back_reference_bytes);
  CHECK(names->bytes + names->shortest_name > *filesystem.back_reference_bytes);
}

}  // namespace
}  // namespace hardlink
