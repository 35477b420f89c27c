// Tests inspectFilesystem() on real filesystems, which it mounts. Needs root.

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "filesystem/filesystem.h"
#include "support/catch.h"
#include "support/child.h"
#include "support/loop_mount.h"
#include "support/skip.h"

namespace hardlink {
namespace {

const SkipBinary needs_loop_mounts(whyNoLoopMounts());

FilesystemInfo inspected(const std::string& path) {
  const Result<FilesystemInfo> info = inspectFilesystem(path, std::nullopt);
  REQUIRE(info);
  return *info;
}

void checkKernelLimit(const FilesystemInfo& info, std::optional<std::uint64_t> limit) {
  CHECK(info.link_limit == limit);
  CHECK(info.link_limit_source == LinkLimitSource::kernel);
}

/// How many names a new file in `directory` can have before link(2) fails with EMLINK, at most
/// `enough`. A thousand names a directory, for filesystems that are slow or limited in one.
std::uint64_t countedLimit(const std::string& directory, std::uint64_t enough) {
  const std::string file = directory + "/file";
  plant(directory, {makeFile("file")});
  std::string below;
  for (std::uint64_t links = 1; links < enough; ++links) {
    if (links % 1000 == 1) {
      below = directory + "/d" + std::to_string(links);
      REQUIRE(mkdir(below.c_str(), 0755) == 0);
    }
    if (link(file.c_str(), (below + "/" + std::to_string(links)).c_str()) != 0) {
      REQUIRE(errno == EMLINK);
      return links;
    }
  }
  return enough;
}

TEST_CASE("ext4 is described with its device and mountpoint, from any path below it") {
  const LoopMount mount(LoopOptions{});
  plant(mount.path(), {makeDir("a", {makeDir("b", {makeFile("f")})})});
  const FilesystemInfo info = inspected(mount / "a/b/f");
  CHECK(info.type == "ext4");
  CHECK(info.device == mount.device());
  CHECK(info.mountpoint == mount.path());
  CHECK_FALSE(info.network);
  CHECK_FALSE(info.subvolumes);
  checkKernelLimit(info, 65000);
  CHECK_FALSE(info.subdirectory_limit);
}

TEST_CASE("ext4 really refuses the link after its limit, and no earlier") {
  const LoopMount mount(LoopOptions{});
  CHECK(countedLimit(mount.path(), 70000) == inspected(mount.path()).link_limit);
}

TEST_CASE("ext4 without dir_nlink or dir_index has a subdirectory limit") {
  const std::string features = GENERATE(as<std::string>(), "^dir_nlink", "^dir_index");
  CAPTURE(features);
  const LoopMount mount({.mkfs_options = {"-O", features, "-N", "70000"}});
  const FilesystemInfo info = inspected(mount.path());
  checkKernelLimit(info, 65000);
  REQUIRE(info.subdirectory_limit == 64998);
}

TEST_CASE("ext4 without dir_nlink really refuses the subdirectory after its limit") {
  const LoopMount mount({.mkfs_options = {"-O", "^dir_nlink", "-N", "70000"}});
  const std::string parent = mount / "parent";
  REQUIRE(mkdir(parent.c_str(), 0755) == 0);
  std::uint64_t made = 0;
  while (mkdir((parent + "/" + std::to_string(made)).c_str(), 0755) == 0) {
    ++made;
  }
  CHECK(errno == EMLINK);
  CHECK(made == inspected(mount.path()).subdirectory_limit);
}

TEST_CASE("ext2 that ext4.ko serves has ext4's limits") {
  const LoopMount mount({.type = "ext2"});
  const FilesystemInfo info = inspected(mount.path());
  CHECK(info.type == "ext2");
  if (access("/sys/fs/ext4/", F_OK) != 0) {
    checkKernelLimit(info, 32000);
    return;
  }
  checkKernelLimit(info, 65000);
  CHECK(countedLimit(mount.path(), 70000) == 65000);
}

TEST_CASE("xfs has its own limit and none for directories") {
  const LoopMount mount({.type = "xfs"});
  const FilesystemInfo info = inspected(mount.path());
  CHECK(info.type == "xfs");
  CHECK(info.device == mount.device());
  checkKernelLimit(info, 2147483647);
  CHECK_FALSE(info.subdirectory_limit);
}

TEST_CASE("a btrfs subvolume is on the mount that holds it, under its own device number") {
  const LoopMount mount({.type = "btrfs"});
  runProgram({"btrfs", "subvolume", "create", mount / "sub"});
  const FilesystemInfo top = inspected(mount.path());
  const FilesystemInfo sub = inspected(mount / "sub");
  CHECK(sub.type == "btrfs");
  CHECK(sub.device == mount.device());
  CHECK(sub.mountpoint == mount.path());
  CHECK(sub.subvolumes);
  CHECK(sub.device_number != top.device_number);
  checkKernelLimit(sub, 65535);
  checkKernelLimit(top, 65535);
}

TEST_CASE("btrfs really refuses the link after its limit, and no earlier") {
  const LoopMount mount({.type = "btrfs"});
  CHECK(countedLimit(mount.path(), 70000) == 65535);
}

TEST_CASE("a configured limit above the limit of the filesystem is refused") {
  const std::string type = GENERATE(as<std::string>(), "ext4", "btrfs", "xfs");
  CAPTURE(type);
  const LoopMount mount({.type = type});
  const std::uint64_t own = inspected(mount.path()).link_limit.value();
  for (const std::uint64_t configured : {own + 1, std::uint64_t{UINT64_MAX}}) {
    const Result<FilesystemInfo> info = inspectFilesystem(mount.path(), configured);
    REQUIRE(info);
    checkKernelLimit(*info, own);
    CHECK(info->refused_limit == configured);
  }
  for (const std::uint64_t configured : {own, own - 1}) {
    const Result<FilesystemInfo> info = inspectFilesystem(mount.path(), configured);
    REQUIRE(info);
    CHECK(info->link_limit == configured);
    CHECK(info->link_limit_source == LinkLimitSource::config);
    CHECK_FALSE(info->refused_limit);
  }
}

TEST_CASE("a mount source of Amazon's file system has its limit of 177") {
  const TempDir directory;
  const Mount mount({"-t", "tmpfs", "fs-0123abcd.efs.eu-central-1.amazonaws.com:/"},
                    directory.path());
  checkKernelLimit(inspected(mount.path()), 177);
}

TEST_CASE("tmpfs enforces no limit, so its limit is the width of the link count") {
  const TempDir directory;
  const Mount mount({"-t", "tmpfs", "somewhere"}, directory.path());
  const FilesystemInfo info = inspected(mount.path());
  CHECK(info.type == "tmpfs");
  CHECK(info.device == "somewhere");
  CHECK(info.mountpoint == directory.path());
  checkKernelLimit(info, 4294967295);
  CHECK(countedLimit(mount.path(), 66000) == 66000);
}

TEST_CASE("a bind mount is described with its own mountpoint") {
  const LoopMount mount(LoopOptions{});
  plant(mount.path(), {makeDir("a")});
  const TempDir elsewhere;
  const Mount bind({"--bind", mount / "a"}, elsewhere.path());
  const FilesystemInfo info = inspected(elsewhere.path());
  CHECK(info.type == "ext4");
  CHECK(info.device == mount.device());
  CHECK(info.mountpoint == elsewhere.path());
}

TEST_CASE("of two mounts at one mountpoint the upper one is described") {
  const LoopMount below(LoopOptions{});
  const Mount above({"-t", "tmpfs", "cover"}, below.path());
  CHECK(inspected(below.path()).device == "cover");
}

/// Checks an overlay whose upper layer is the directory `upper`, a name with any characters, on
/// `mount`.
void checkOverlayOn(const LoopMount& mount, const std::string& upper, const std::string& escaped,
                    std::uint64_t limit) {
  plant(mount.path(), {makeDir("lower"), makeDir(upper), makeDir("work")});
  const TempDir merged;
  const Mount overlay({"-t", "overlay", "-o",
                       "lowerdir=" + (mount / "lower") + ",upperdir=" + (mount / escaped) +
                           ",workdir=" + (mount / "work"),
                       "union"},
                      merged.path());
  const FilesystemInfo info = inspected(merged.path());
  CHECK(info.type == "overlay");
  CHECK(info.device == "union");
  CHECK(info.mountpoint == merged.path());
  CHECK(info.link_limit == limit);
  CHECK(info.link_limit_source == LinkLimitSource::overlay);
  const Result<FilesystemInfo> above = inspectFilesystem(merged.path(), limit + 1);
  REQUIRE(above);
  CHECK(above->link_limit == limit);
  CHECK(above->link_limit_source == LinkLimitSource::overlay);
  CHECK(above->refused_limit == limit + 1);
}

TEST_CASE("an overlay has the limit of its upper layer's filesystem") {
  checkOverlayOn(LoopMount(LoopOptions{}), "upper", "upper", 65000);
  checkOverlayOn(LoopMount({.type = "xfs"}), "upper", "upper", 2147483647);
}

TEST_CASE("an overlay's upper directory may have any name") {
  checkOverlayOn(LoopMount(LoopOptions{}), "a b,c\\d", "a b\\,c\\\\d", 65000);
}

TEST_CASE("an overlay whose upper layer cannot be reached has no limit") {
  const TempDir merged;
  const LoopMount mount(LoopOptions{});
  plant(mount.path(), {makeDir("l1"), makeDir("l2"), makeDir("upper"), makeDir("work")});
  SECTION("because it has none") {
    const Mount overlay(
        {"-t", "overlay", "-o", "lowerdir=" + (mount / "l1") + ":" + (mount / "l2"), "union"},
        merged.path());
    CHECK_FALSE(inspected(merged.path()).link_limit);
  }
  SECTION("because it moved") {
    const Mount overlay({"-t", "overlay", "-o",
                         "lowerdir=" + (mount / "l1") + ",upperdir=" + (mount / "upper") +
                             ",workdir=" + (mount / "work"),
                         "union"},
                        merged.path());
    REQUIRE(rename((mount / "upper").c_str(), (mount / "elsewhere").c_str()) == 0);
    CHECK(inspected(merged.path()).link_limit_source == LinkLimitSource::unknown);
    CHECK_FALSE(inspected(merged.path()).link_limit);
  }
}

/// The description of `path` by a process whose root is `jail`, which is no mount. With
/// `as_of_310`, as in Linux 3.10, statx is missing, and fstatfs fails for an O_PATH descriptor.
std::string describedInJail(const std::string& jail, const std::string& path,
                            bool as_of_310 = false) {
  return inChild([&] {
    if (chroot(jail.c_str()) != 0 || chdir("/") != 0) {
      return std::string(strerrorname_np(errno));
    }
    if (as_of_310) {
      refuseCalls({SYS_statx}, ENOSYS);
      refuseCalls({SYS_fstatfs}, EBADF);
    }
    const Result<FilesystemInfo> info = inspectFilesystem(path, std::nullopt);
    if (!info) {
      return info.error().message();
    }
    return info->type + " on '" + info->device + "' at '" + info->mountpoint + "', " +
           (info->link_limit ? std::to_string(*info->link_limit) : "none") + " from " +
           std::string(toString(info->link_limit_source));
  });
}

void plantJail(const LoopMount& mount) {
  plant(mount.path(), {makeDir("jail", {makeDir("proc"), makeDir("srv", {makeFile("f")})})});
}

TEST_CASE(
    "in a chroot whose root is no mount the filesystem comes from the first process's mounts") {
  const LoopMount mount(LoopOptions{});
  plantJail(mount);
  const Mount proc({"-t", "proc", "proc"}, mount / "jail/proc");
  const std::string expected =
      "ext4 on '" + mount.device() + "' at '" + mount.path() + "', 65000 from kernel";
  CHECK(describedInJail(mount / "jail", "/srv") == expected);
  CHECK(describedInJail(mount / "jail", "/srv", true) == expected);
}

TEST_CASE("without mounts the magic number names the filesystem") {
  const auto [type, limit] = GENERATE(table<std::string, std::string>(
      {{"ext4", "65000"}, {"xfs", "2147483647"}, {"btrfs", "65535"}}));
  const LoopMount mount({.type = type});
  plantJail(mount);
  const std::string expected = type + " on '' at '', " + limit + " from kernel";
  for (const bool as_of_310 : {false, true}) {
    CAPTURE(as_of_310);
    CHECK(describedInJail(mount / "jail", "/srv", as_of_310) == expected);
    CHECK(describedInJail(mount / "jail", "/srv/f", as_of_310) == expected);
  }
}

TEST_CASE("an unreadable mountinfo counts as missing") {
  const LoopMount mount(LoopOptions{});
  plantJail(mount);
  plant(mount / "jail/proc", {makeDir("self", {makeDir("mountinfo")})});
  CHECK(describedInJail(mount / "jail", "/srv") == "ext4 on '' at '', 65000 from kernel");
}

TEST_CASE("without mounts and signs of ext4.ko, ext2, ext3 and ext4 have no limit") {
  // With neither extents nor birth times, the driver of ext2 would look the same.
  const LoopMount mount({.type = "ext2", .mkfs_options = {"-I", "128"}});
  plantJail(mount);
  CHECK(describedInJail(mount / "jail", "/srv") == "ext2/ext3/ext4 on '' at '', none from unknown");
}

TEST_CASE("without mounts, ext4.ko is recognised by its directory in sysfs") {
  const LoopMount mount({.type = "ext2", .mkfs_options = {"-I", "128"}});
  plant(mount.path(), {makeDir("jail", {makeDir("sys"), makeDir("srv")})});
  const Mount sys({"-t", "sysfs", "sysfs"}, mount / "jail/sys");
  CHECK(describedInJail(mount / "jail", "/srv") == "ext4 on '' at '', 65000 from kernel");
}

}  // namespace
}  // namespace hardlink
