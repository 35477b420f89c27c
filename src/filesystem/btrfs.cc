#include "filesystem/btrfs.h"

#include <linux/btrfs.h>
#include <sys/ioctl.h>

namespace hardlink {

// All names of an inode in one directory are in one item (btrfs_insert_inode_ref() in
// fs/btrfs/inode-item.c), unless the feature lets them spill over into others. An item is as large
// as a leaf, less its header (101 bytes) and that of the item (25): BTRFS_MAX_ITEM_SIZE in
// fs/btrfs/ctree.h. The file `extended_iref` in /sys is there with and without the feature, which
// can be switched on while it is mounted.
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
