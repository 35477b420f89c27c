#pragma once

/// What a filesystem allows: which mount a path is on, how many links an inode can have there, and
/// where that figure comes from. Reads /proc, /sys and the superblock; never walks a tree.

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "model/limits.h"

namespace hardlink {

/// Where a link limit comes from, from the most to the least trustworthy.
enum class LinkLimitSource : std::uint8_t {
  config,    ///< the root's `link_limit`
  kernel,    ///< the table of the kernel's own constants (filesystem/link_limits.cc)
  tool,      ///< what the program that makes the links allows itself (Farm::link_limit)
  overlay,   ///< the kernel's figure for the filesystem below an overlayfs' upper directory
  pathconf,  ///< pathconf(_PC_LINK_MAX): a guess
  unknown,   ///< none: limit, headroom and margin are absent
};

/// The name used in labels and JSON.
[[nodiscard]] std::string_view toString(LinkLimitSource source);

struct FilesystemInfo {
  /// As in /proc/self/mountinfo, for example ext4. Where that has no line that holds the path (in a
  /// chroot whose root is no mount) or cannot be read, by the filesystem's magic number.
  std::string type;
  std::string device;       ///< the mount's source, for example /dev/sdc; empty where not known
  std::string mountpoint;   ///< where it is mounted; empty where not known
  dev_t device_number = 0;  ///< st_dev of the path
  bool network = false;     ///< served by another machine (NFS, SMB, Ceph, sshfs, …)
  /// Whether one mount can hold several inode number spaces (btrfs and bcachefs subvolumes).
  bool subvolumes = false;
  std::optional<std::uint64_t> link_limit;  ///< links an inode can have; unset where unknown
  LinkLimitSource link_limit_source = LinkLimitSource::unknown;
  /// Subdirectories a directory can have; unset where there is no limit or it is not known.
  std::optional<std::uint64_t> subdirectory_limit;
  /// Subdirectories a directory can have that has more than one block and no index, where the
  /// others have no limit (ext4 with `dir_nlink`).
  std::optional<std::uint64_t> unindexed_subdirectory_limit{};
  /// Bytes that the back references of one inode in one directory have, where that is a limit
  /// (btrfs without `extended_iref`): 10 and its length for each name.
  std::optional<std::uint64_t> back_reference_bytes{};
  CopyCosts costs{};
  FreeRoom room{};  ///< when the filesystem was inspected
  /// The configured limit where it does not hold, being above what the filesystem is known to
  /// allow.
  std::optional<std::uint64_t> refused_limit;

  bool operator==(const FilesystemInfo&) const = default;
};

/// Describes the filesystem that holds `path` (not that of a symlink's own directory: symlinks are
/// followed). `configured_limit` is the root's `link_limit`; it holds unless the filesystem is
/// known to allow less. May block for as long as the filesystem does, on a hung network mount for
/// ever. Any thread.
[[nodiscard]] Result<FilesystemInfo> inspectFilesystem(
    const std::string& path, std::optional<std::uint64_t> configured_limit);

/// What the filesystem that holds `path` has left there now, as inspectFilesystem() gives it in
/// FilesystemInfo::room. One statfs(2) and, on ext4, one file in /sys; blocks as that does. Any
/// thread.
[[nodiscard]] Result<FreeRoom> freeRoom(const std::string& path, const FilesystemInfo& filesystem);

/// The same for the open directory `directory`, which is called `path`.
[[nodiscard]] Result<FreeRoom> freeRoomIn(int directory, const std::string& path,
                                          const FilesystemInfo& filesystem);

/// Has `limit` hold, which is a tool's own, unless a lower one does.
void applyToolLimit(std::uint64_t limit, FilesystemInfo& info);

}  // namespace hardlink
