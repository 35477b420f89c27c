#include "census/census.h"

#include <optional>
#include <vector>

#include "base/clean_path.h"
#include "base/os/os.h"
#include "census/count/unit_reader.h"
#include "farms/recognise.h"
#include "filesystem/filesystem.h"

namespace hardlink {
namespace {

std::string parentOf(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

/// The directories above `file`, nearest first, up to the mount point `top`. On btrfs a subvolume
/// ends before that: links do not leave it.
std::vector<std::string> directoriesAbove(const std::string& file, const std::string& top) {
  std::vector<std::string> directories;
  std::optional<dev_t> device;
  for (std::string path = file; path != top && path != "/";) {
    path = parentOf(path);
    int error = 0;
    const auto directory = os::openRoot(path);
    const auto status = directory ? os::statDescriptor(directory->get(), error) : std::nullopt;
    if (!status || (device && status->device != *device)) {
      break;
    }
    device = status->device;
    directories.push_back(path);
  }
  return directories;
}

bool isDockersStorage(const std::string& directory) {
  const auto root = os::openRoot(directory);
  return root && isDockerOverlay(root->get());
}

bool hasLayers(const std::string& directory) {
  const auto root = os::openRoot(directory);
  return root && !recognise(root->get(), directory, {}, {}).layers.empty();
}

/// Whether `file`, which is `status`, has another name at the same place below another child of
/// `directory`.
bool isRepeated(const std::string& file, const os::FileStatus& status,
                const std::string& directory) {
  const std::size_t begin = directory.size() + (directory == "/" ? 0 : 1);
  const std::size_t slash = file.find('/', begin);
  const auto root = os::openRoot(directory);
  int error = 0;
  const Fd listing = root ? os::reopenDirectory(root->get(), error) : Fd();
  if (slash == std::string::npos || !listing.valid()) {
    return false;
  }
  const std::string child = file.substr(begin, slash - begin);
  os::DirectoryReader reader;
  reader.start(listing.get());
  while (const os::DirectoryEntry* entry = reader.next()) {
    const bool can_be_directory =
        entry->type == os::FileType::directory || entry->type == os::FileType::unknown;
    if (!can_be_directory || entry->name == child) {
      continue;
    }
    const auto other = os::statBelow(root->get(), entry->name + file.substr(slash), error);
    if (other && other->inode == status.inode && other->device == status.device) {
      return true;
    }
  }
  return false;
}

}  // namespace

Result<FoundRoot> findRoot(const std::string& file) {
  const std::string parent = parentOf(file);
  const auto filesystem = inspectFilesystem(parent, std::nullopt);
  if (!filesystem) {
    return filesystem.error();
  }
  const auto directory = os::openRoot(parent);
  if (!directory) {
    return directory.error();
  }
  int error = 0;
  const auto status = os::statEntry(directory->get(), std::string(leafOf(file)).c_str(), error);
  if (!status) {
    return Error{error, file};
  }
  const auto directories = directoriesAbove(file, filesystem->mountpoint);
  for (const std::string& path : directories) {
    if (isDockersStorage(path)) {
      return FoundRoot{path, Layout::docker_overlay};
    }
  }
  for (auto path = directories.rbegin(); path != directories.rend(); ++path) {
    if (isRepeated(file, *status, *path) && hasLayers(*path)) {
      return FoundRoot{*path, Layout::snapshots};
    }
  }
  return FoundRoot{directories.empty() ? parent : directories.back(), Layout::none};
}

}  // namespace hardlink
