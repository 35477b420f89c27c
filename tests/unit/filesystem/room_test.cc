#include "filesystem/room.h"

#include "filesystem/filesystem.h"
#include "support/catch.h"

namespace hardlink {
namespace {

/// 6,000 of 10,000 blocks are free, 500 of these for root alone, and 40 are held back.
struct statfs ext4Figures() {
  struct statfs now = {};
  now.f_bsize = 4096;
  now.f_frsize = 4096;
  now.f_blocks = 10'000;
  now.f_bfree = 6000;
  now.f_bavail = 5460;
  now.f_files = 2000;
  now.f_ffree = 1500;
  return now;
}

constexpr std::uint64_t kHeldBack = 40UL * 4096;

TEST_CASE("on ext4 root gets all free space but the reserved clusters") {
  const FreeRoom room = extRoom(ext4Figures(), kHeldBack);
  CHECK(room.bytes == Quota{(10'000UL - 40) * 4096, (6000UL - 40) * 4096});
  CHECK(room.inodes == Quota{2000, 1500});
}

TEST_CASE("on ext4 other users get all inodes, but not root's reserve") {
  const FreeRoom room = extRoom(ext4Figures(), std::nullopt);
  CHECK(room.bytes == Quota{(10'000UL - 540) * 4096, 5460UL * 4096});
  CHECK(room.inodes == Quota{2000, 1500});
}

TEST_CASE("on ext4 no space is left if less is free than is held back") {
  struct statfs now = ext4Figures();
  now.f_bfree = 39;
  now.f_bavail = 0;
  for (const std::optional<std::uint64_t> held_back :
       {std::optional<std::uint64_t>(kHeldBack), std::optional<std::uint64_t>()}) {
    CHECK(extRoom(now, held_back).bytes == Quota{9961UL * 4096, 0});
  }
}

TEST_CASE("on ext4 a project quota is left in full, with nothing held back") {
  // Figures as of ext4_statfs_project(): a limit of 1,000 blocks and 100 inodes, 300 and 30 used.
  struct statfs now = ext4Figures();
  now.f_blocks = 1000;
  now.f_bfree = 700;
  now.f_bavail = 700;
  now.f_files = 100;
  now.f_ffree = 70;
  for (const std::optional<std::uint64_t> held_back :
       {std::optional<std::uint64_t>(kHeldBack), std::optional<std::uint64_t>()}) {
    const FreeRoom room = extRoom(now, held_back);
    CHECK(room.bytes == Quota{1000UL * 4096, 700UL * 4096});
    CHECK(room.inodes == Quota{100, 70});
  }
}

TEST_CASE("blocks are counted in fragments if the fragment size differs") {
  struct statfs now = ext4Figures();
  now.f_frsize = 1024;
  CHECK(extRoom(now, std::nullopt).bytes->left == 5460UL * 1024);
  now.f_frsize = 0;  // before Linux 2.6
  CHECK(extRoom(now, std::nullopt).bytes->left == 5460UL * 4096);
}

// Figures of a real XFS of 320 MiB, empty and full.
TEST_CASE("xfs has a limit of inodes only if imaxpct ends before the free space") {
  const CopyCosts costs{
      .block_bytes = 4096, .cluster_bytes = 4096, .entry_scale = 2, .inode_bytes = 512};
  struct statfs now = {};
  now.f_bsize = 4096;
  now.f_frsize = 4096;
  now.f_blocks = 65536;
  now.f_bfree = now.f_bavail = 60917;
  now.f_files = 163840;
  now.f_ffree = 163837;
  CHECK(xfsRoom(now, costs).inodes == Quota{163840, 163837});
  now.f_bfree = now.f_bavail = 6144;
  now.f_files = 49216;
  now.f_ffree = 49212;
  CHECK_FALSE(xfsRoom(now, costs).inodes);
  const Quota bytes = *xfsRoom(now, costs).bytes;
  CHECK(bytes.of - bytes.left == (65536UL - 6144) * 4096);
  CHECK(bytes.left < 6144UL * 4096);
}

TEST_CASE("xfs has no space left if it would refuse a new directory") {
  struct statfs now = {};
  now.f_bsize = 4096;
  now.f_blocks = 65536;
  now.f_bfree = now.f_bavail = 45;
  const CopyCosts costs{
      .block_bytes = 4096, .cluster_bytes = 4096, .entry_scale = 2, .inode_bytes = 512};
  CHECK(xfsRoom(now, costs).bytes->left == 0);
}

TEST_CASE("the room of filesystems without a fixed number of inodes is unknown") {
  for (const std::string type : {"btrfs", "nfs4", "overlay", "f2fs", "zfs", "fuse.sshfs", "proc"}) {
    CAPTURE(type);
    CHECK_FALSE(countsRoom(type));
    FilesystemInfo info;
    info.type = type;
    const Result<FreeRoom> room = freeRoom("/nonexistent/hung", info);
    REQUIRE(room);
    CHECK(*room == FreeRoom{});
  }
}

TEST_CASE(
    "the room of a removed path, or one on another filesystem now, is an error with the path") {
  FilesystemInfo info;
  info.type = "ext4";
  const Result<FreeRoom> gone = freeRoom("/nonexistent/root", info);
  REQUIRE_FALSE(gone);
  CHECK(gone.error().message() == "open /nonexistent/root: No such file or directory");
  const Result<FreeRoom> elsewhere = freeRoom("/", info);
  REQUIRE_FALSE(elsewhere);
  CHECK(elsewhere.error().message() == "/ is on another filesystem now");
}

}  // namespace
}  // namespace hardlink
