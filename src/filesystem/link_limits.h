#pragma once

/// What the kernel's own sources say of each type of filesystem, and Amazon of its own. Pure
/// tables; any thread.

#include <cstdint>
#include <optional>
#include <string_view>

namespace hardlink {

struct KernelLimits {
  /// Links an inode can have; unset where the type has no hard links, or cannot be written.
  std::optional<std::uint64_t> links;
  /// Subdirectories a directory can have; unset where there is no limit below 2^31.
  std::optional<std::uint64_t> subdirectories;

  bool operator==(const KernelLimits&) const = default;
};

/// The limits of `type`, a filesystem's name as in /proc/self/mountinfo or one of the variants that
/// a name alone does not tell apart (`minix-v1`, `coherent`, `ocfs2-indexed`, `amazon-efs`);
/// nothing for a type that is not in the table. An `ext2` or `ext3` here is one that its own driver
/// serves: look up `ext4` for those that ext4.ko has mounted. `ext4` has no `dir_nlink` here.
[[nodiscard]] std::optional<KernelLimits> kernelLimits(std::string_view type);

/// Whether a mount of `source` is Amazon's Elastic File System: NFS from a host called
/// `fs-ID.efs.REGION…`.
[[nodiscard]] bool isEfs(std::string_view source);

/// Whether `type` is served by another machine, so that the limit is not this kernel's to know and
/// a call may hang for as long as the network does.
[[nodiscard]] bool isNetworkFilesystem(std::string_view type);

/// Whether one mount of `type` can hold several inode number spaces.
[[nodiscard]] bool hasSubvolumes(std::string_view type);

}  // namespace hardlink
