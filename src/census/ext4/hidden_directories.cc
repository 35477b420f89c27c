#include "census/ext4/hidden_directories.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

#include "base/clean_path.h"
#include "base/os/os.h"
#include "filesystem/mounts.h"

namespace hardlink {
namespace {

/// The path of an open directory, without symlinks; empty if that is not known.
std::string pathOfDescriptor(int fd) {
  std::array<char, PATH_MAX> target{};
  const ssize_t length =
      readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), target.data(), target.size());
  return length <= 0 ? "" : std::string(target.data(), static_cast<std::size_t>(length));
}

}  // namespace

HiddenDirectories::HiddenDirectories(const std::string& path, int root) {
  const std::string canonical = pathOfDescriptor(root);
  const std::string prefix = (canonical.empty() ? path : canonical) + "/";
  const auto mounts = readMounts("/proc/self/mountinfo");
  if (!mounts) {
    return;
  }
  for (const MountEntry& mount : *mounts) {
    if (!mount.mountpoint.starts_with(prefix)) {
      continue;
    }
    const std::string below = mount.mountpoint.substr(prefix.size());
    int error = 0;
    if (os::openDirectoryAt(root, below.c_str(), error).valid() || error != EXDEV) {
      continue;  // a later mount, further up, covers this one
    }
    const std::string parent(parentOf(below));
    const Fd directory = os::openDirectoryAt(root, parent.empty() ? "." : parent.c_str(), error);
    const auto status =
        directory.valid() ? os::statDescriptor(directory.get(), error) : std::nullopt;
    if (status) {  // otherwise it lies under another mount, and is hidden by that
      names_[static_cast<std::uint32_t>(status->inode)].emplace_back(leafOf(below));
    }
  }
}

bool HiddenDirectories::contains(std::uint32_t parent, std::string_view name) const {
  const auto names = names_.find(parent);
  return names != names_.end() &&
         std::find(names->second.begin(), names->second.end(), name) != names->second.end();
}

}  // namespace hardlink
