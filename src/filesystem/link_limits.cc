#include "filesystem/link_limits.h"

#include <linux/btrfs.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <array>

namespace hardlink {
namespace {

struct Row {
  std::string_view type;
  std::optional<std::uint64_t> links;
  std::optional<std::uint64_t> subdirectories = std::nullopt;
};

// If the driver enforces no limit, the width of the link count is the limit: `unsigned int i_nlink`
// in include/linux/fs.h.
constexpr std::uint64_t kWidthOfCount = 4294967295;
constexpr std::uint64_t kMaxSigned = 2147483647;

// Each row names the constant and its file. vfs_link() and vfs_mkdir() (fs/namei.c) fail with
// EMLINK if an inode has `s_max_links` links. An empty directory has two links, so two fewer
// subdirectories fit.
constexpr std::array kRows = {
    // EXT4_LINK_MAX, fs/ext4/ext4.h; EXT4_DIR_LINK_MAX there for directories.
    Row{"ext4", 65000, 64998},
    // EXT2_LINK_MAX, fs/ext2/ext2.h; EXT3_LINK_MAX, fs/ext3/ext3.h (until Linux 4.2).
    Row{"ext2", 32000, 31998},
    Row{"ext3", 32000, 31998},
    // XFS_MAXLINK = (1U << 31) - 1, fs/xfs/libxfs/xfs_format.h.
    Row{"xfs", kMaxSigned},
    // BTRFS_LINK_MAX, include/uapi/linux/btrfs_tree.h. Directories always have one link.
    Row{"btrfs", 65535},
    // F2FS_LINK_MAX, fs/f2fs/f2fs.h.
    Row{"f2fs", 4294967295},
    // JFS_LINK_MAX, fs/jfs/jfs_filsys.h.
    Row{"jfs", 4294967295},
    // ZFS_LINK_MAX = (1U << 31) - 1, OpenZFS include/os/linux/zfs/sys/zfs_vfsops_os.h.
    Row{"zfs", kMaxSigned},
    // BCH_LINK_MAX = U32_MAX, fs/bcachefs/bcachefs.h.
    Row{"bcachefs", 4294967295},
    // REISERFS_LINK_MAX = MAX_US_INT - 1000, fs/reiserfs/reiserfs.h. The link count of a directory
    // that reaches it becomes one for good (INC_DIR_INODE_NLINK, fs/reiserfs/namei.c), so
    // directories have no limit.
    Row{"reiserfs", 64535},
    // MINIX_LINK_MAX and MINIX2_LINK_MAX (versions 2 and 3), include/uapi/linux/minix_fs.h.
    Row{"minix-v1", 250, 248},
    Row{"minix", 65530, 65528},
    // NILFS_LINK_MAX, include/uapi/linux/nilfs2_ondisk.h.
    Row{"nilfs2", 32000, 31998},
    // OCFS2_LINK_MAX and, with indexed directories, OCFS2_DX_LINK_MAX, fs/ocfs2/ocfs2_fs.h.
    Row{"ocfs2", 32000, 31998},
    Row{"ocfs2-indexed", kMaxSigned},
    // ntfs_link() in fs/ntfs3/namei.c, NTFS_LINK_MAX in fs/ntfs3/ntfs.h.
    Row{"ntfs3", 4000},
    // UFS_LINK_MAX, fs/ufs/ufs_fs.h.
    Row{"ufs", 32000, 31998},
    // SYSV_LINK_MAX and COH_LINK_MAX, fs/sysv/super.c (until Linux 6.14).
    Row{"sysv", 126, 124},
    Row{"v7", 126, 124},
    Row{"coherent", 10000, 9998},
    // UDF_MAX_LINKS, fs/udf/super.c.
    Row{"udf", 65535},
    // gfs2_link() in fs/gfs2/inode.c compares with (u32)-1.
    Row{"gfs2", 4294967295},
    // "Quotas for Amazon EFS file systems" in Amazon's user guide: at most 177 hard links per file.
    Row{"amazon-efs", 177},
    // No s_max_links and no check of their own: simple_link(), shmem_link(), ubifs_link(),
    // hfsplus_link().
    Row{"tmpfs", kWidthOfCount},
    Row{"devtmpfs", kWidthOfCount},
    Row{"ramfs", kWidthOfCount},
    Row{"ubifs", kWidthOfCount},
    Row{"hfsplus", kWidthOfCount},
    // No hard links: their inode operations have no `.link`.
    Row{"vfat", std::nullopt},
    Row{"msdos", std::nullopt},
    Row{"exfat", std::nullopt},
    Row{"hfs", std::nullopt},
    // Read-only: no link can be added.
    Row{"squashfs", std::nullopt},
    Row{"erofs", std::nullopt},
    Row{"cramfs", std::nullopt},
    Row{"romfs", std::nullopt},
    Row{"iso9660", std::nullopt},
};

constexpr std::array<std::string_view, 20> kNetworkTypes = {
    "9p",        "afs",        "beegfs",         "ceph",           "cifs",
    "coda",      "fuse.ceph",  "fuse.ceph-fuse", "fuse.glusterfs", "fuse.rclone",
    "fuse.s3fs", "fuse.sshfs", "glusterfs",      "lustre",         "ncpfs",
    "nfs",       "nfs4",       "orangefs",       "smb3",           "smbfs"};

constexpr std::array<std::string_view, 2> kSubvolumeTypes = {"bcachefs", "btrfs"};

}  // namespace

std::optional<KernelLimits> kernelLimits(std::string_view type) {
  const auto* const row = std::find_if(
      kRows.begin(), kRows.end(), [&](const Row& candidate) { return candidate.type == type; });
  if (row == kRows.end()) {
    return std::nullopt;
  }
  return KernelLimits{row->links, row->subdirectories};
}

bool isEfs(std::string_view source) {
  static constexpr std::string_view kPrefix = "fs-";
  static constexpr std::string_view kService = ".efs.";
  if (!source.starts_with(kPrefix)) {
    return false;
  }
  const std::size_t end = source.find_first_of(".:/", kPrefix.size());
  return end != std::string_view::npos && end > kPrefix.size() &&
         source.substr(end).starts_with(kService);
}

bool isNetworkFilesystem(std::string_view type) {
  return std::find(kNetworkTypes.begin(), kNetworkTypes.end(), type) != kNetworkTypes.end();
}

bool hasSubvolumes(std::string_view type) {
  return std::find(kSubvolumeTypes.begin(), kSubvolumeTypes.end(), type) != kSubvolumeTypes.end();
}

// Without the feature EXTENDED_IREF all names of an inode in one directory are in one item
// (btrfs_insert_inode_ref() in fs/btrfs/inode-item.c). An item has at most the size of a leaf
// without the headers of the leaf (101 bytes) and the item (25): BTRFS_MAX_ITEM_SIZE in
// fs/btrfs/ctree.h. The ioctl is needed because /sys has a file `extended_iref` with and without
// the feature, and the feature can be enabled while the filesystem is mounted.
std::optional<std::uint64_t> backReferenceBytes(int fd) {
  constexpr std::uint64_t kHeaders = 101 + 25;
  btrfs_ioctl_feature_flags features = {};
  btrfs_ioctl_fs_info_args info = {};
  if (::ioctl(fd, BTRFS_IOC_GET_FEATURES, &features) != 0 ||
      (features.incompat_flags & BTRFS_FEATURE_INCOMPAT_EXTENDED_IREF) != 0 ||
      ::ioctl(fd, BTRFS_IOC_FS_INFO, &info) != 0 || info.nodesize <= kHeaders) {
    return std::nullopt;
  }
  return info.nodesize - kHeaders;
}

}  // namespace hardlink
