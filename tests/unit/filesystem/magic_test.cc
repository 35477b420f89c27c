#include "filesystem/magic.h"

#include <linux/magic.h>

#include "support/catch.h"

namespace hardlink {
namespace {

TEST_CASE("the magic numbers in the kernel's headers name filesystems") {
  CHECK(typeOfMagic(EXT4_SUPER_MAGIC) == kSomeExt);
  CHECK(typeOfMagic(XFS_SUPER_MAGIC) == "xfs");
  CHECK(typeOfMagic(BTRFS_SUPER_MAGIC) == "btrfs");
  CHECK(typeOfMagic(F2FS_SUPER_MAGIC) == "f2fs");
  CHECK(typeOfMagic(OVERLAYFS_SUPER_MAGIC) == "overlay");
  CHECK(typeOfMagic(NFS_SUPER_MAGIC) == "nfs");
  CHECK(typeOfMagic(TMPFS_MAGIC) == "tmpfs");
  CHECK(typeOfMagic(FUSE_SUPER_MAGIC) == "fuse");
}

TEST_CASE("a magic number with the sign of an int is the same number") {
  const auto magic = static_cast<std::int32_t>(BTRFS_SUPER_MAGIC);
  REQUIRE(magic < 0);
  CHECK(typeOfMagic(magic) == "btrfs");
}

TEST_CASE("a number that is not in the table is shown as it is") {
  CHECK(typeOfMagic(0x1234) == "0x00001234");
}

}  // namespace
}  // namespace hardlink
