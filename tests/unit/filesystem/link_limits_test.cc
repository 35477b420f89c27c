#include "filesystem/link_limits.h"

#include <string>
#include <vector>

#include "support/catch.h"

namespace hardlink {
namespace {

struct Expectation {
  std::string type;
  std::optional<std::uint64_t> links;
  std::optional<std::uint64_t> subdirectories;
};

TEST_CASE("the limits equal the constants of the kernel") {
  const std::vector<Expectation> expectations = {
      {"ext4", 65000, 64998},
      {"ext2", 32000, 31998},
      {"ext3", 32000, 31998},
      {"xfs", 2147483647, std::nullopt},
      {"btrfs", 65535, std::nullopt},
      {"f2fs", 4294967295, std::nullopt},
      {"jfs", 4294967295, std::nullopt},
      {"zfs", 2147483647, std::nullopt},
      {"bcachefs", 4294967295, std::nullopt},
      {"reiserfs", 64535, std::nullopt},
      {"minix-v1", 250, 248},
      {"minix", 65530, 65528},
      {"nilfs2", 32000, 31998},
      {"ocfs2", 32000, 31998},
      {"ocfs2-indexed", 2147483647, std::nullopt},
      {"ntfs3", 4000, std::nullopt},
      {"ufs", 32000, 31998},
      {"sysv", 126, 124},
      {"coherent", 10000, 9998},
      {"udf", 65535, std::nullopt},
      {"gfs2", 4294967295, std::nullopt},
      {"tmpfs", 4294967295, std::nullopt},
  };
  for (const Expectation& expected : expectations) {
    CAPTURE(expected.type);
    const std::optional<KernelLimits> limits = kernelLimits(expected.type);
    REQUIRE(limits);
    CHECK(limits->links == expected.links);
    CHECK(limits->subdirectories == expected.subdirectories);
  }
}

TEST_CASE("a type without hard links, or read-only, has a row without a limit") {
  for (const std::string type : {"vfat", "exfat", "squashfs", "erofs", "iso9660"}) {
    CAPTURE(type);
    CHECK(kernelLimits(type) == KernelLimits{});
  }
}

TEST_CASE("a type that is not in the table has no row, whatever it resembles") {
  for (const std::string type : {"", "ext", "ext5", "EXT4", "fuseblk", "overlay", "nfs4"}) {
    CAPTURE(type);
    CHECK_FALSE(kernelLimits(type));
  }
}

TEST_CASE("network filesystems are recognised by their whole type") {
  for (const std::string type : {"nfs", "nfs4", "cifs", "smb3", "ceph", "9p", "fuse.sshfs",
                                 "fuse.glusterfs", "afs", "lustre"}) {
    CAPTURE(type);
    CHECK(isNetworkFilesystem(type));
  }
  for (const std::string type : {"ext4", "fuse", "fuseblk", "nfsd", "virtiofs", "overlay", ""}) {
    CAPTURE(type);
    CHECK_FALSE(isNetworkFilesystem(type));
  }
}

TEST_CASE("Amazon's file system is recognised by the host that it is mounted from") {
  CHECK(isEfs("fs-0123456789abcdef0.efs.eu-central-1.amazonaws.com:/"));
  CHECK(isEfs("fs-0123abcd.efs.cn-north-1.amazonaws.com.cn:/backup"));
  CHECK_FALSE(isEfs("fs-0123abcd:/efs.eu"));
  CHECK_FALSE(isEfs("fs-0123abcd.fsx.eu-central-1.amazonaws.com:/"));
  CHECK_FALSE(isEfs("fs-.efs.eu-central-1.amazonaws.com:/"));
  CHECK_FALSE(isEfs("server:/fs-0123abcd.efs.eu-central-1.amazonaws.com"));
  CHECK_FALSE(isEfs("/dev/sda1"));
  CHECK(kernelLimits("amazon-efs")->links == 177U);
}

TEST_CASE("btrfs and bcachefs can hold several inode number spaces") {
  CHECK(hasSubvolumes("btrfs"));
  CHECK(hasSubvolumes("bcachefs"));
  CHECK_FALSE(hasSubvolumes("ext4"));
}

}  // namespace
}  // namespace hardlink
