#include "filesystem/btrfs.h"

#include <linux/btrfs.h>
#include <sys/ioctl.h>

namespace hardlink {

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
