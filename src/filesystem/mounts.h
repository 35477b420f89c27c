#pragma once

/// The mounts of this process. The only user of libmount. Any thread.

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace hardlink {

/// One line of /proc/self/mountinfo with escapes decoded; bytes as the kernel gave them.
struct MountEntry {
  int id = 0;
  dev_t device = 0;
  std::string type;
  std::string source;
  std::string mountpoint;
  std::string options;  ///< the filesystem's own options, joined by commas

  bool operator==(const MountEntry&) const = default;
};

/// Reads a file in the format of /proc/self/mountinfo, in the order of its lines.
[[nodiscard]] Result<std::vector<MountEntry>> readMounts(const std::string& mountinfo);

/// The mount with the number `id`, or nullptr. Points into `mounts`.
[[nodiscard]] const MountEntry* mountWithId(const std::vector<MountEntry>& mounts, int id);

/// The mount that holds the canonical, absolute `path`, or nullptr if no mountpoint is above it. Of
/// the mounts on `device` it is the one with the longest mountpoint, and the last of several there,
/// which covers the others. If no mount has this device, as for a subvolume, all mounts are
/// considered. Points into `mounts`.
[[nodiscard]] const MountEntry* mountAbove(const std::vector<MountEntry>& mounts,
                                           std::string_view path, dev_t device);

/// The upper directory in the options of an overlayfs, as it was given to mount(2). Nothing if
/// there is none (a read-only overlay).
[[nodiscard]] std::optional<std::string> overlayUpperDirectory(std::string_view options);

}  // namespace hardlink
