// Compares the calculated room of real filesystems with what can be made there. Needs root.

#include <fcntl.h>
#include <grp.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <string>

#include "base/os/fd.h"
#include "filesystem/filesystem.h"
#include "support/catch.h"
#include "support/child.h"
#include "support/loop_mount.h"

namespace hardlink {
namespace {

FilesystemInfo inspected(const std::string& path) {
  const Result<FilesystemInfo> info = inspectFilesystem(path, std::nullopt);
  REQUIRE(info);
  return *info;
}

/// The result of freeRoom(). Checks that inspectFilesystem() gives the same.
FreeRoom roomNow(const std::string& path) {
  const FilesystemInfo info = inspected(path);
  const Result<FreeRoom> room = freeRoom(path, info);
  REQUIRE(room);
  CHECK(*room == info.room);
  return *room;
}

bool makeOne(const std::string& path) {
  const int fd = creat(path.c_str(), 0644);
  return fd >= 0 && close(fd) == 0;
}

/// How often `make` succeeds until there is no space left.
std::uint64_t countedUntilFull(const std::function<bool(const std::string&)>& make,
                               const std::string& prefix) {
  std::uint64_t made = 0;
  while (make(prefix + std::to_string(made))) {
    ++made;
  }
  REQUIRE(errno == ENOSPC);
  return made;
}

bool makeDirectory(const std::string& path) { return mkdir(path.c_str(), 0755) == 0; }

/// The last mkdir fails too if the directory has to grow and only the new one fits: a few blocks,
/// or clusters, may be left.
void checkFull(const std::string& path, const Quota& before, std::uint64_t unit) {
  const FreeRoom after = roomNow(path);
  CHECK(after.bytes->of == before.of);
  CHECK(after.bytes->left <= 4 * unit);
}

TEST_CASE("ext4 has exactly the calculated number of free inodes") {
  const LoopMount mount({.mkfs_options = {"-N", "128"}, .size_bytes = 8U << 20U});
  const FreeRoom before = roomNow(mount.path());
  REQUIRE(before.inodes);
  REQUIRE(before.inodes->left > 10);
  REQUIRE(before.inodes->of >= before.inodes->left + 11);
  CHECK(countedUntilFull(makeOne, mount / "f") == before.inodes->left);
  CHECK(roomNow(mount.path()).inodes == Quota{before.inodes->of, 0});
}

TEST_CASE("ext4 has the calculated space for root's directories, with any reserve") {
  const auto [reserve, block] = GENERATE(table<std::string, std::string>(
      {{"0", "1024"}, {"5", "1024"}, {"5", "4096"}, {"50", "1024"}}));
  CAPTURE(reserve, block);
  const LoopMount mount(
      {.mkfs_options = {"-b", block, "-m", reserve, "-N", "8192"}, .size_bytes = 8U << 20U});
  const FreeRoom before = roomNow(mount.path());
  REQUIRE(before.bytes);
  CHECK(before.bytes->left % std::stoul(block) == 0);
  REQUIRE(before.bytes->left > 1'000'000);
  countedUntilFull(makeDirectory, mount / "d");
  checkFull(mount.path(), *before.bytes, std::stoul(block));
  CHECK(roomNow(mount.path()).inodes->left > 0);
}

/// Makes directories in `path` until one fails, in a child process, as another user.
std::string fillAsNobody(const std::string& path) {
  return inChild([&]() -> std::string {
    constexpr uid_t kNobody = 65534;
    if (chdir(path.c_str()) != 0 || setgroups(0, nullptr) != 0 ||
        setresgid(kNobody, kNobody, kNobody) != 0 || setresuid(kNobody, kNobody, kNobody) != 0) {
      return strerrorname_np(errno);
    }
    int made = 0;
    while (mkdir(std::to_string(made).c_str(), 0755) == 0) {
      ++made;
    }
    return strerrorname_np(errno);
  });
}

TEST_CASE("ext4 has the calculated space for another user who makes the layers") {
  const LoopMount mount(
      {.mkfs_options = {"-b", "1024", "-m", "30", "-N", "8192"}, .size_bytes = 8U << 20U});
  REQUIRE(mkdir((mount / "theirs").c_str(), 0755) == 0);
  const auto change = GENERATE(0, 1, 2);
  CAPTURE(change);
  const std::uint64_t for_root = roomNow(mount / "theirs").bytes->left;
  if (change == 0) {
    REQUIRE(chown((mount / "theirs").c_str(), 65534, 0) == 0);
  } else {
    REQUIRE(chmod((mount / "theirs").c_str(), change == 1 ? 0757 : 0775) == 0);
  }
  const FreeRoom before = roomNow(mount / "theirs");
  CHECK(before.bytes->left < for_root * 3 / 4);
  if (change != 2) {  // the group is root's own
    CHECK(fillAsNobody(mount / "theirs") == "ENOSPC");
    checkFull(mount / "theirs", *before.bytes, 1024);
  }
}

TEST_CASE("ext4 with clusters has the calculated number of free clusters") {
  const LoopMount mount(
      {.mkfs_options = {"-O", "bigalloc", "-C", "16384", "-b", "1024", "-N", "8000"},
       .size_bytes = 64U << 20U});
  const FilesystemInfo info = inspected(mount.path());
  CHECK(info.costs == CopyCosts{.block_bytes = 1024, .cluster_bytes = 16384});
  countedUntilFull(makeDirectory, mount / "d");
  checkFull(mount.path(), *info.room.bytes, 16384);
}

TEST_CASE("tmpfs has a number of inodes if it is limited, and takes one for each name") {
  const TempDir directory;
  const Mount mount({"-t", "tmpfs", "-o", "nr_inodes=50", "somewhere"}, directory.path());
  const FilesystemInfo info = inspected(mount.path());
  CHECK(info.costs == CopyCosts{.names_take_inodes = true});
  CHECK_FALSE(info.room.bytes);
  REQUIRE(info.room.inodes == Quota{50, 49});
  plant(mount.path(), {makeFile("f"), makeLinks("g", 9, "f"), makeDir("d"), makeSymlink("s", "f")});
  CHECK(roomNow(mount.path()).inodes == Quota{50, 37});
  CHECK(countedUntilFull(
            [&](const std::string& path) {
              return link((mount.path() + "/f").c_str(), path.c_str()) == 0;
            },
            mount.path() + "/more") == 37);
  CHECK(roomNow(mount.path()).inodes == Quota{50, 0});
}

TEST_CASE("tmpfs without a limit of inodes has none") {
  const TempDir directory;
  const Mount mount({"-t", "tmpfs", "-o", "nr_inodes=0", "somewhere"}, directory.path());
  CHECK(roomNow(mount.path()) == FreeRoom{});
  CHECK(inspected(mount.path()).costs.names_take_inodes);
}

/// Fills the filesystem up to about `left` bytes.
void fillUp(const LoopMount& mount, std::uint64_t left) {
  const Fd file(open((mount / "big").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  const std::uint64_t all = inspected(mount.path()).room.bytes->left;
  REQUIRE(posix_fallocate(file.get(), 0, static_cast<off_t>(all - left)) == 0);
}

/// A directory of one block on XFS, with 12 symlinks in it.
bool makeFilledDirectory(const std::string& path) {
  bool made = makeDirectory(path);
  for (int i = 0; i < 12 && made; ++i) {
    made = symlink("x", (path + "/" + std::string(40, 'n') + std::to_string(10 + i)).c_str()) == 0;
  }
  return made;
}

TEST_CASE("xfs has room for the calculated number of copies, for any directory block size") {
  const std::string size = GENERATE(as<std::string>(), "4096", "16384", "65536");
  CAPTURE(size);
  const LoopMount mount({.type = "xfs", .mkfs_options = {"-n", "size=" + size}});
  REQUIRE(mkdir((mount / "d").c_str(), 0755) == 0);
  fillUp(mount, 8U << 20U);
  const FilesystemInfo info = inspected(mount.path());
  CHECK(std::to_string(info.costs.block_bytes) == size);
  const std::uint64_t each = directoryBytes(info.costs, kDotEntriesBytes + 12 * entryBytes(42)) +
                             13 * std::uint64_t{info.costs.inode_bytes};
  const std::uint64_t fit = info.room.bytes->left / each;
  REQUIRE(fit > 80);
  const std::uint64_t made = countedUntilFull(makeFilledDirectory, mount / "d/d");
  CHECK(made >= fit);
  CHECK(made <= fit + fit / 5);
  CHECK(roomNow(mount.path()).bytes->left == 0);
}

TEST_CASE("xfs has as many free inodes as imaxpct allows") {
  const LoopMount mount({.type = "xfs", .mkfs_options = {"-i", "maxpct=1"}});
  const FreeRoom before = roomNow(mount.path());
  REQUIRE(before.inodes);
  const std::uint64_t made = countedUntilFull(makeOne, mount / "f");
  CHECK(made >= before.inodes->left);
  CHECK(made <= before.inodes->left + 64);  // the chunk that was begun
}

TEST_CASE("the free room of btrfs and overlays is unknown") {
  const LoopMount mount({.type = "btrfs"});
  CHECK(roomNow(mount.path()) == FreeRoom{});
  CHECK(inspected(mount.path()).costs == CopyCosts{});
  const LoopMount below(LoopOptions{});
  plant(below.path(), {makeDir("lower"), makeDir("upper"), makeDir("work")});
  const TempDir merged;
  const Mount overlay({"-t", "overlay", "-o",
                       "lowerdir=" + (below / "lower") + ",upperdir=" + (below / "upper") +
                           ",workdir=" + (below / "work"),
                       "union"},
                      merged.path());
  CHECK(roomNow(merged.path()) == FreeRoom{});
  CHECK(inspected(merged.path()).costs == CopyCosts{});
}

/// The result of `question` in a chroot on `mount` that is no mount and has no /proc or /sys.
std::string askedInJail(const LoopMount& mount,
                        const std::function<std::string(const FilesystemInfo&)>& question) {
  return inChild([&]() -> std::string {
    if (chroot((mount / "jail").c_str()) != 0 || chdir("/") != 0) {
      return strerrorname_np(errno);
    }
    const Result<FilesystemInfo> info = inspectFilesystem("/srv", std::nullopt);
    return info ? question(*info) : info.error().message();
  });
}

TEST_CASE("without mounts, /proc and /sys the room is that of a user other than root") {
  const LoopMount mount({.mkfs_options = {"-m", "10"}});
  plant(mount.path(), {makeDir("jail", {makeDir("srv")})});
  REQUIRE(chmod((mount / "jail/srv").c_str(), 0777) == 0);
  const FreeRoom for_any = roomNow(mount / "jail/srv");
  REQUIRE(chmod((mount / "jail/srv").c_str(), 0755) == 0);
  CHECK(roomNow(mount / "jail/srv").bytes->left > for_any.bytes->left);
  CHECK(askedInJail(mount,
                    [](const FilesystemInfo& info) {
                      return std::to_string(info.room.bytes->left) + " bytes, " +
                             std::to_string(info.room.inodes->left) + " inodes, blocks of " +
                             std::to_string(info.costs.block_bytes);
                    }) == std::to_string(for_any.bytes->left) + " bytes, " +
                              std::to_string(for_any.inodes->left) + " inodes, blocks of 4096");
}

TEST_CASE("if the device cannot be read, the cluster of ext4 follows from allocations") {
  const std::string cluster = GENERATE(as<std::string>(), "4096", "65536");
  CAPTURE(cluster);
  std::vector<std::string> options = {"-N", "4096"};
  if (cluster != "4096") {
    options.insert(options.end(), {"-O", "bigalloc", "-C", cluster});
  }
  const LoopMount mount({.mkfs_options = options});
  plant(mount.path(), {makeDir("jail", {makeDir("srv")})});
  // The directory has several blocks, and among any 64 entries one has a single cluster. The seed
  // of the filesystem's hashes decides the order in which they are read.
  for (int i = 0; i < 300; ++i) {
    const std::string entry = mount / ("jail/srv/" + std::string(64, 'n') + std::to_string(i));
    REQUIRE((i % 2 == 0 ? makeOne(entry) : mkdir(entry.c_str(), 0755) == 0));
  }
  CHECK(askedInJail(mount, [](const FilesystemInfo& info) {
          return std::to_string(info.costs.cluster_bytes) + " and " +
                 std::to_string(info.unindexed_subdirectory_limit.value_or(0));
        }) == cluster + " and 64998");
}

TEST_CASE("ext4 with dir_nlink has a limit for directories without an index only") {
  const FilesystemInfo lifted = inspected(LoopMount(LoopOptions{}).path());
  CHECK_FALSE(lifted.subdirectory_limit);
  CHECK(lifted.unindexed_subdirectory_limit == 64998);
  const std::string features = GENERATE(as<std::string>(), "^dir_nlink", "^dir_index");
  const LoopMount mount({.mkfs_options = {"-O", features}});
  const FilesystemInfo info = inspected(mount.path());
  CHECK(info.subdirectory_limit == 64998);
  CHECK_FALSE(info.unindexed_subdirectory_limit);
  const LoopMount xfs({.type = "xfs"});
  CHECK_FALSE(inspected(xfs.path()).unindexed_subdirectory_limit);
}

bool hasIndex(const std::string& path) {
  const Fd directory(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  int flags = 0;
  REQUIRE(ioctl(directory.get(), FS_IOC_GETFLAGS, &flags) == 0);
  return (static_cast<unsigned>(flags) & FS_INDEX_FL) != 0;
}

TEST_CASE("ext4 refuses the subdirectory after that limit only in a directory without an index") {
  const TempDir directory;
  std::vector<TreeEntry> many;
  for (int i = 0; i < 50; ++i) {
    many.push_back(makeDir(std::string(100, 'n') + std::to_string(i)));
  }
  plant(directory.path(),
        {makeFile("image"), makeDir("mounted"), makeDir("tree", {makeDir("plain", many)})});
  const std::string image = directory / "image";
  REQUIRE(truncate(image.c_str(), 16L << 20U) == 0);
  runProgram({"mkfs.ext4", "-b", "1024", "-N", "2000", "-d", directory / "tree", image});
  {
    const Mount mount({"-o", "loop", image}, directory / "mounted");
    plant(mount.path(), {makeDir("hashed", many)});
  }
  const std::uint64_t nearly = 64998 - 1;  // subdirectories, and two links of the directory's own
  for (const std::string name : {"plain", "hashed"}) {
    runProgram({"debugfs", "-w", "-R",
                "set_inode_field /" + name + " links_count " + std::to_string(nearly + 2), image});
  }
  const Mount mount({"-o", "loop", image}, directory / "mounted");
  REQUIRE_FALSE(hasIndex(mount.path() + "/plain"));
  REQUIRE(hasIndex(mount.path() + "/hashed"));
  CHECK(inspected(mount.path()).unindexed_subdirectory_limit == nearly + 1);
  CHECK(makeDirectory(mount.path() + "/plain/a"));
  CHECK_FALSE(makeDirectory(mount.path() + "/plain/b"));
  CHECK(errno == EMLINK);
  CHECK(makeDirectory(mount.path() + "/hashed/a"));
  CHECK(makeDirectory(mount.path() + "/hashed/b"));
}

/// How many names of `length` bytes a file can have in one directory, at most `enough`.
std::uint64_t countedNames(const std::string& directory, std::size_t length) {
  REQUIRE(mkdir(directory.c_str(), 0755) == 0);
  const auto name = [&](std::uint64_t number) {
    const std::string digits = std::to_string(1000 + number);
    return directory + "/" + digits + std::string(length - digits.size(), 'x');
  };
  REQUIRE(makeOne(name(0)));
  std::uint64_t names = 1;
  while (names < 2000 && link(name(0).c_str(), name(names).c_str()) == 0) {
    ++names;
  }
  return names;
}

TEST_CASE("btrfs without extended_iref takes the calculated number of names in one directory") {
  const auto node = GENERATE(as<std::string>(), "16384", "4096");
  CAPTURE(node);
  const LoopMount mount({.type = "btrfs", .mkfs_options = {"-O", "^extref", "-n", node}});
  const std::optional<std::uint64_t> bytes = inspected(mount.path()).back_reference_bytes;
  REQUIRE(bytes == std::stoul(node) - 126);
  for (const std::size_t length : {8UL, 100UL, 250UL}) {
    CAPTURE(length);
    const std::uint64_t names = countedNames(mount / std::to_string(length), length);
    CHECK(errno == EMLINK);
    CHECK(names == *bytes / (10 + length));
  }
  runProgram({"btrfs", "subvolume", "create", mount / "sub"});
  CHECK(inspected(mount / "sub").back_reference_bytes == bytes);
}

TEST_CASE("btrfs with extended_iref has no such limit, even if it was enabled while mounted") {
  const LoopMount with({.type = "btrfs"});
  CHECK_FALSE(inspected(with.path()).back_reference_bytes);
  CHECK(countedNames(with / "d", 250) == 2000);
  const LoopMount later({.type = "btrfs", .mkfs_options = {"-O", "^extref"}});
  CHECK(inspected(later.path()).back_reference_bytes);
  runProgram(
      {"sh", "-c",
       "echo 1 > /sys/fs/btrfs/$(findmnt -no UUID " + later.path() + ")/features/extended_iref"});
  runProgram({"sync", "-f", later.path()});
  CHECK_FALSE(inspected(later.path()).back_reference_bytes);
}

}  // namespace
}  // namespace hardlink
