#pragma once

/// The mount that a path is on, how many links an inode can have there, and the source of that
/// figure. Reads /proc, /sys and the superblock; never walks a tree.

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/names.h"
#include "model/limits.h"

namespace hardlink {

/// The source of a link limit, from the most to the least trustworthy.
enum class LinkLimitSource : std::uint8_t {
  config,    ///< the root's `link_limit`
  kernel,    ///< the table of the kernel's own constants (filesystem/link_limits.cc)
  tool,      ///< the limit of the program that makes the links (Farm::link_limit)
  overlay,   ///< the kernel's figure for the filesystem below an overlayfs' upper directory
  pathconf,  ///< pathconf(_PC_LINK_MAX): a guess
  unknown,   ///< none: limit, headroom and margin are absent
};

/// As in labels and in JSON.
template <>
inline constexpr std::array<Name<LinkLimitSource>, 6> kNames<LinkLimitSource> = {
    {{LinkLimitSource::config, "config"},
     {LinkLimitSource::kernel, "kernel"},
     {LinkLimitSource::tool, "tool"},
     {LinkLimitSource::overlay, "overlay"},
     {LinkLimitSource::pathconf, "pathconf"},
     {LinkLimitSource::unknown, "unknown"}}};

struct FilesystemInfo {
  /// As in /proc/self/mountinfo, for example ext4. By the magic number of the filesystem if
  /// mountinfo cannot be read or has no mount above the path (in a chroot whose root is no mount).
  std::string type;
  std::string device;       ///< the mount's source, for example /dev/sdc; empty if unknown
  std::string mountpoint;   ///< empty if unknown
  dev_t device_number = 0;  ///< st_dev of the path
  bool network = false;     ///< served by another machine (NFS, SMB, Ceph, sshfs, …)
  /// Whether one mount can hold several inode number spaces (btrfs and bcachefs subvolumes).
  bool subvolumes = false;
  std::optional<std::uint64_t> link_limit;  ///< links an inode can have; unset if unknown
  LinkLimitSource link_limit_source = LinkLimitSource::unknown;
  /// Subdirectories a directory can have; unset if there is no limit or it is unknown.
  std::optional<std::uint64_t> subdirectory_limit;
  /// Subdirectories of a directory that has several blocks but no index. Set only on ext4 with
  /// `dir_nlink`, where indexed directories have no limit.
  std::optional<std::uint64_t> unindexed_subdirectory_limit{};
  /// Bytes that the back references of one inode in one directory may take: 10 and the length for
  /// each name. Set only on btrfs without `extended_iref`.
  std::optional<std::uint64_t> back_reference_bytes{};
  CopyCosts costs{};
  FreeRoom room{};  ///< when the filesystem was inspected
  /// The configured limit, if it was refused because the filesystem is known to allow less.
  std::optional<std::uint64_t> refused_limit;

  bool operator==(const FilesystemInfo&) const = default;
};

/// Describes the filesystem that holds `path`. Symlinks are followed. `configured_limit` is the
/// root's `link_limit`; it holds unless the filesystem is known to allow less. Blocks as long as
/// the filesystem does, on a hung network mount forever. Any thread.
[[nodiscard]] Result<FilesystemInfo> inspectFilesystem(
    const std::string& path, std::optional<std::uint64_t> configured_limit);

/// The room that the filesystem of `path` has now, as in FilesystemInfo::room. Calls statfs(2) once
/// and, on ext4, reads one file in /sys. Blocks as long as the filesystem does. Any thread.
[[nodiscard]] Result<FreeRoom> freeRoom(const std::string& path, const FilesystemInfo& filesystem);

/// The same for the open directory `directory`, whose path is `path`.
[[nodiscard]] Result<FreeRoom> freeRoomIn(int directory, const std::string& path,
                                          const FilesystemInfo& filesystem);

/// Sets the link limit to `limit`, a tool's own, unless the present limit is lower.
void applyToolLimit(std::uint64_t limit, FilesystemInfo& info);

}  // namespace hardlink
