#pragma once

/// Limits of each type of filesystem, from the kernel's sources and, for EFS, from Amazon. Any
/// thread.

#include <cstdint>
#include <optional>
#include <string_view>

namespace hardlink {

struct KernelLimits {
  /// Links an inode can have; unset if the type has no hard links, or is read-only.
  std::optional<std::uint64_t> links;
  /// Subdirectories a directory can have; unset if there is no limit below 2^31.
  std::optional<std::uint64_t> subdirectories;

  bool operator==(const KernelLimits&) const = default;
};

/// The limits of `type`, or nothing if it is not in the table. `type` is a name as in
/// /proc/self/mountinfo, or a variant that has no name of its own there (`minix-v1`, `coherent`,
/// `ocfs2-indexed`, `amazon-efs`). `ext2` and `ext3` are for their own drivers: look up `ext4` if
/// ext4.ko has mounted the filesystem. The row of `ext4` is without `dir_nlink`.
[[nodiscard]] std::optional<KernelLimits> kernelLimits(std::string_view type);

/// Whether a mount of `source` is Amazon's Elastic File System, which is NFS from a host
/// `fs-ID.efs.REGION…`.
[[nodiscard]] bool isEfs(std::string_view source);

/// Whether another machine serves `type`. Then this kernel does not know the limit, and a call may
/// hang as long as the network does.
[[nodiscard]] bool isNetworkFilesystem(std::string_view type);

/// Whether one mount of `type` can hold several inode number spaces.
[[nodiscard]] bool hasSubvolumes(std::string_view type);

/// How many bytes the back references of one inode in one directory may take on the btrfs of the
/// open file or directory `fd`. Each name takes 10 bytes and its length. Unset if there is no limit
/// (`extended_iref`) or if it cannot be determined.
[[nodiscard]] std::optional<std::uint64_t> backReferenceBytes(int fd);

}  // namespace hardlink
