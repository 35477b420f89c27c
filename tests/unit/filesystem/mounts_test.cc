#include "filesystem/mounts.h"

#include <sys/sysmacros.h>

#include <fstream>

#include "support/catch.h"
#include "support/temp_tree.h"

namespace hardlink {
namespace {

std::vector<MountEntry> parsed(const std::string& mountinfo) {
  const TempDir directory;
  plant(directory.path(), {makeFile("mountinfo", mountinfo)});
  Result<std::vector<MountEntry>> mounts = readMounts(directory / "mountinfo");
  REQUIRE(mounts);
  return *mounts;
}

constexpr const char* kHost =
    "22 27 0:21 / /proc rw,relatime - proc proc rw\n"
    "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard\n"
    "40 27 8:1 / /srv rw shared:1 master:2 - xfs /dev/sda1 rw,attr2\n"
    "41 40 8:2 /sub /srv/a\\040b\\134c rw - ext4 /dev/sdb1 rw\n"
    "42 40 0:50 / /srv/sub rw - btrfs /dev/sdc rw,subvol=/@\n"
    "43 42 8:3 / /srv/sub rw - ext4 /dev/sdd rw\n";

TEST_CASE("the escapes in a line of mountinfo are decoded") {
  const std::vector<MountEntry> mounts = parsed(kHost);
  REQUIRE(mounts.size() == 6);
  CHECK(mounts[3] == MountEntry{41, makedev(8, 2), "ext4", "/dev/sdb1", "/srv/a b\\c", "rw"});
  CHECK(mounts[2] == MountEntry{40, makedev(8, 1), "xfs", "/dev/sda1", "/srv", "rw,attr2"});
}

TEST_CASE("an unreadable mountinfo is an error with its reason") {
  const Result<std::vector<MountEntry>> mounts = readMounts("/nonexistent/mountinfo");
  REQUIRE_FALSE(mounts);
  CHECK(mounts.error().message() == "read /nonexistent/mountinfo: No such file or directory");
}

TEST_CASE("a mount is found by its number") {
  const std::vector<MountEntry> mounts = parsed(kHost);
  REQUIRE(mountWithId(mounts, 42) != nullptr);
  CHECK(mountWithId(mounts, 42)->type == "btrfs");
  CHECK(mountWithId(mounts, 99) == nullptr);
}

TEST_CASE("the mount above a path is the longest one on its device, component by component") {
  const std::vector<MountEntry> mounts = parsed(kHost);
  CHECK(mountAbove(mounts, "/srv/x", makedev(8, 1))->id == 40);
  CHECK(mountAbove(mounts, "/srv", makedev(8, 1))->id == 40);
  CHECK(mountAbove(mounts, "/srvx", makedev(254, 0))->id == 27);
  CHECK(mountAbove(mounts, "/srv/a b\\c/d", makedev(8, 2))->id == 41);
  CHECK(mountAbove(mounts, "/", makedev(254, 0))->id == 27);
}

TEST_CASE("two mounts at one mountpoint are distinguished by their devices") {
  const std::vector<MountEntry> mounts = parsed(kHost);
  CHECK(mountAbove(mounts, "/srv/sub/x", makedev(0, 50))->id == 42);
  CHECK(mountAbove(mounts, "/srv/sub/x", makedev(8, 3))->id == 43);
}

TEST_CASE("a device that no mount has, as of a subvolume, falls back to the covering mount") {
  const std::vector<MountEntry> mounts = parsed(kHost);
  CHECK(mountAbove(mounts, "/srv/sub/x", makedev(0, 77))->id == 43);
  CHECK(mountAbove(mounts, "relative", makedev(8, 1)) == nullptr);
  CHECK(mountAbove({}, "/", makedev(8, 1)) == nullptr);
}

TEST_CASE("the upper directory of an overlay ends where the next option begins") {
  CHECK(overlayUpperDirectory("rw,lowerdir=/l,upperdir=/u,workdir=/w,uuid=on") == "/u");
  CHECK(overlayUpperDirectory("rw,lowerdir=/l,upperdir=/a,b\\,c,workdir=/w") == "/a,b\\,c");
  CHECK(overlayUpperDirectory("upperdir=/u,workdir=/w") == "/u");
  CHECK_FALSE(overlayUpperDirectory("ro,lowerdir=/a:/b"));
  CHECK_FALSE(overlayUpperDirectory("rw,lowerdir=/xupperdir=/u"));
}

}  // namespace
}  // namespace hardlink
