#include "filesystem/filesystem.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <vector>

#include "base/os/fd.h"
#include "base/os/older_kernel.h"
#include "filesystem/link_limits.h"
#include "filesystem/magic.h"
#include "filesystem/mounts.h"
#include "filesystem/room.h"
#include "filesystem/superblock.h"

namespace hardlink {
namespace {

/// An open path and its mount. It stays open so that all later calls examine the same directory.
struct Location {
  std::string path;
  Fd fd;
  dev_t device = 0;
  MountEntry mount;
};

std::string canonicalPath(const Fd& fd) {
  std::array<char, PATH_MAX> path{};
  const std::string link = "/proc/self/fd/" + std::to_string(fd.get());
  const ssize_t length = ::readlink(link.c_str(), path.data(), path.size());
  return length > 0 ? std::string(path.data(), static_cast<std::size_t>(length)) : "";
}

/// The mount with the number `id` in the mountinfo of process 1. Mount numbers are the same in all
/// processes, but in a chroot whose root is no mount our own mountinfo has no mount above a path.
std::optional<MountEntry> mountSeenByInit(int id) {
  const Result<std::vector<MountEntry>> mounts = readMounts("/proc/1/mountinfo");
  const MountEntry* const mount = mounts ? mountWithId(*mounts, id) : nullptr;
  return mount != nullptr ? std::optional(*mount) : std::nullopt;
}

/// The mount with the number `number` if it is known, else the mount above the path. Nothing if
/// /proc cannot be read, or in a chroot whose root is no mount.
Result<std::optional<MountEntry>> findMount(const Fd& fd, dev_t device,
                                            std::optional<std::uint64_t> number) {
  const Result<std::vector<MountEntry>> mounts = readMounts("/proc/self/mountinfo");
  if (!mounts) {
    // Such a shortage passes. The caller can try again and then gets the mount.
    const int code = mounts.error().code;
    if (code == EMFILE || code == ENFILE || code == ENOMEM) {
      return mounts.error();
    }
    return std::optional<MountEntry>();
  }
  // The number is unambiguous for bind mounts, stacked mounts and subvolumes. The list does not
  // have it if the path leads out of this mount namespace.
  const MountEntry* mount = nullptr;
  if (number) {
    mount = mountWithId(*mounts, static_cast<int>(*number));
  }
  if (mount == nullptr) {
    mount = mountAbove(*mounts, canonicalPath(fd), device);
  }
  if (mount != nullptr) {
    return std::optional(*mount);
  }
  return number ? mountSeenByInit(static_cast<int>(*number)) : std::nullopt;
}

std::int64_t magicNumber(const Location& location) {
  const auto status = statFilesystem(location.fd.get(), location.path);
  return status ? static_cast<std::int64_t>(status->f_type) : 0;
}

/// Whether `location` has extents or birth times. Of the ext drivers only ext4.ko has these.
bool hasMarksOfExt4(const Location& location) {
  struct statx status = {};
  if (statxOrFstatat(location.fd.get(), "", AT_EMPTY_PATH, STATX_TYPE | STATX_BTIME, status) != 0) {
    return false;
  }
  if ((status.stx_mask & STATX_BTIME) != 0) {
    return true;
  }
  const Fd file = openForIoctl(location.fd.get(), location.path);
  int flags = 0;
  return file.valid() && ::ioctl(file.get(), FS_IOC_GETFLAGS, &flags) == 0 &&
         (static_cast<unsigned>(flags) & FS_EXTENT_FL) != 0;
}

/// The type by the magic number of statfs(2), used if the mount is unknown.
std::string typeWithoutMount(const Location& location) {
  std::string type = typeOfMagic(magicNumber(location));
  const bool by_ext4 =
      type == kSomeExt && (servedByExt4(location.device) || hasMarksOfExt4(location));
  return by_ext4 ? "ext4" : type;
}

Result<Location> locate(const std::string& path) {
  Location location;
  location.path = path;
  location.fd.reset(retryOnEintr([&] { return ::open(path.c_str(), O_PATH | O_CLOEXEC); }));
  if (!location.fd.valid()) {
    return errnoError("open " + path);
  }
  struct stat status = {};
  if (::fstat(location.fd.get(), &status) != 0) {
    return errnoError("stat " + path);
  }
  location.device = status.st_dev;
  auto mount = findMount(location.fd, location.device, mountNumber(location.fd.get()));
  if (!mount) {
    return mount.error();
  }
  location.mount = *mount ? std::move(**mount) : MountEntry{};
  if (!*mount) {
    location.mount.type = typeWithoutMount(location);
  }
  return location;
}

bool hasIndexedDirectories(const Location& location) {
  static constexpr std::size_t kThreeLargestBlocks = 3 * std::size_t{4096};
  const std::optional<std::string> start =
      readBlockDevice(location.device, location.mount.source, 0, kThreeLargestBlocks);
  return start && ocfs2HasIndexedDirectories(*start).value_or(false);
}

/// The row of the table in filesystem/link_limits.cc for `location`.
std::string limitsRow(const Location& location) {
  // <linux/magic.h> and fs/sysv/sysv.h.
  static constexpr std::int64_t kMinixSuperMagic = 0x137F;
  static constexpr std::int64_t kMinixSuperMagic2 = 0x138F;
  static constexpr std::int64_t kCoherentSuperMagic = 0x012FF7B7;
  const std::string& type = location.mount.type;
  if (isEfs(location.mount.source)) {
    return "amazon-efs";
  }
  if (type == "ext2" || type == "ext3") {
    return servedByExt4(location.device) ? "ext4" : type;
  }
  if (type == "ocfs2") {
    return hasIndexedDirectories(location) ? "ocfs2-indexed" : type;
  }
  if (type == "minix") {
    const std::int64_t magic = magicNumber(location);
    return magic == kMinixSuperMagic || magic == kMinixSuperMagic2 ? "minix-v1" : type;
  }
  if (type == "sysv") {
    return magicNumber(location) == kCoherentSuperMagic ? "coherent" : type;
  }
  return type;
}

/// If the superblock cannot be read, the usual features `dir_nlink` and `dir_index` are assumed.
void setExt4DirectoryLimits(FilesystemInfo& info, const Location& location) {
  const std::optional<std::uint64_t> limit = kernelLimits("ext4")->subdirectories;
  const std::optional<std::string> superblock =
      readBlockDevice(location.device, location.mount.source, 1024, 1024);
  if (superblock && extLiftsDirectoryLimit(*superblock) == false) {
    info.subdirectory_limit = limit;
  } else {
    info.unindexed_subdirectory_limit = limit;
  }
}

/// A guess. glibc returns 127 for each type that it does not know, and musl 8 for all types.
std::optional<std::uint64_t> pathconfLimit(const Fd& fd) {
  static constexpr long kLargestDefault = 127;
  const long answer = ::fpathconf(fd.get(), _PC_LINK_MAX);
  if (answer <= kLargestDefault) {
    return std::nullopt;
  }
  return static_cast<std::uint64_t>(answer);
}

FilesystemInfo describeMount(const Location& location) {
  FilesystemInfo info;
  info.type = location.mount.type;
  info.device = location.mount.source;
  info.mountpoint = location.mount.mountpoint;
  info.device_number = location.device;
  info.network = isNetworkFilesystem(info.type);
  info.subvolumes = hasSubvolumes(info.type);
  return info;
}

void setLimit(FilesystemInfo& info, std::optional<std::uint64_t> limit, LinkLimitSource source) {
  info.link_limit = limit;
  info.link_limit_source = limit ? source : LinkLimitSource::unknown;
}

/// Sets the limits of every filesystem but overlayfs, which has those of its upper layer.
void setOwnLimits(FilesystemInfo& info, const Location& location) {
  const std::string row = limitsRow(location);
  if (const std::optional<KernelLimits> limits = kernelLimits(row)) {
    setLimit(info, limits->links, LinkLimitSource::kernel);
    info.subdirectory_limit = limits->subdirectories;
    if (row == "ext4") {
      info.subdirectory_limit.reset();
      setExt4DirectoryLimits(info, location);
    }
  } else if (!info.network && row != kSomeExt) {
    setLimit(info, pathconfLimit(location.fd), LinkLimitSource::pathconf);
  }
}

Place placeOf(const Location& location) {
  return {.fd = location.fd.get(),
          .path = location.path,
          .type = location.mount.type,
          .device = location.device,
          .source = location.mount.source};
}

/// Not for overlayfs, where the cost of a copy depends on the layer that has the files.
void setRoom(FilesystemInfo& info, const Location& location) {
  const Place place = placeOf(location);
  info.costs = copyCosts(place);
  if (const Result<FreeRoom> room = roomAt(place, info.costs)) {
    info.room = *room;
  }
  if (info.type == "btrfs") {
    const Fd file = openForIoctl(place.fd, location.path);
    info.back_reference_bytes = file.valid() ? backReferenceBytes(file.get()) : std::nullopt;
  }
}

/// Removes the backslashes that escape characters in the options of overlayfs. The kernel shows the
/// options as they were given to mount(2).
std::string withoutBackslashes(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      ++i;
    }
    plain += text[i];
  }
  return plain;
}

Result<Location> locateUpper(const std::string& shown) {
  Result<Location> upper = locate(shown);
  return upper ? std::move(upper) : locate(withoutBackslashes(shown));
}

/// New links are made in the upper layer, so its limits hold. Its path is relative to the process
/// that mounted it. If the path cannot be opened from here, the limits stay unknown.
void setOverlayLimits(FilesystemInfo& info, const Location& location) {
  const std::optional<std::string> shown = overlayUpperDirectory(location.mount.options);
  if (!shown || !shown->starts_with('/')) {
    return;
  }
  const Result<Location> upper = locateUpper(*shown);
  if (!upper || upper->mount.type == info.type) {
    return;
  }
  FilesystemInfo below = describeMount(*upper);
  setOwnLimits(below, *upper);
  if (below.link_limit_source == LinkLimitSource::kernel) {
    setLimit(info, below.link_limit, LinkLimitSource::overlay);
    info.subdirectory_limit = below.subdirectory_limit;
  }
}

/// A limit from pathconf is a guess, so it never refuses a configured limit.
void setConfiguredLimit(FilesystemInfo& info, std::uint64_t configured) {
  const bool is_known = info.link_limit_source == LinkLimitSource::kernel ||
                        info.link_limit_source == LinkLimitSource::overlay;
  if (is_known && configured > *info.link_limit) {
    info.refused_limit = configured;
  } else {
    setLimit(info, configured, LinkLimitSource::config);
  }
}

}  // namespace

Result<FilesystemInfo> inspectFilesystem(const std::string& path,
                                         std::optional<std::uint64_t> configured_limit) {
  const Result<Location> location = locate(path);
  if (!location) {
    return location.error();
  }
  FilesystemInfo info = describeMount(*location);
  if (info.type == "overlay") {
    setOverlayLimits(info, *location);
  } else {
    setOwnLimits(info, *location);
    setRoom(info, *location);
  }
  if (configured_limit) {
    setConfiguredLimit(info, *configured_limit);
  }
  return info;
}

Result<FreeRoom> freeRoom(const std::string& path, const FilesystemInfo& filesystem) {
  if (!countsRoom(filesystem.type)) {
    return FreeRoom{};
  }
  const Fd fd(retryOnEintr([&] { return ::open(path.c_str(), O_PATH | O_CLOEXEC); }));
  if (!fd.valid()) {
    return errnoError("open " + path);
  }
  return freeRoomIn(fd.get(), path, filesystem);
}

Result<FreeRoom> freeRoomIn(int directory, const std::string& path,
                            const FilesystemInfo& filesystem) {
  struct stat status = {};
  if (::fstat(directory, &status) != 0) {
    return errnoError("stat " + path);
  }
  if (status.st_dev != filesystem.device_number) {
    return Error{0, path + " is on another filesystem now"};
  }
  return roomAt({.fd = directory,
                 .path = path,
                 .type = filesystem.type,
                 .device = status.st_dev,
                 .source = filesystem.device},
                filesystem.costs);
}

void applyToolLimit(std::uint64_t limit, FilesystemInfo& info) {
  if (!info.link_limit || limit < *info.link_limit) {
    setLimit(info, limit, LinkLimitSource::tool);
  }
}

}  // namespace hardlink
