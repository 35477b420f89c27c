#include "filesystem/superblock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <cstdint>
#include <fstream>

#include "base/clean_path.h"
#include "base/error.h"
#include "base/os/fd.h"

namespace hardlink {
namespace {

/// A little-endian number of `bytes` bytes; the caller has checked that they are there.
std::uint32_t littleEndian(std::string_view text, std::size_t offset, std::size_t bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = bytes; i > 0; --i) {
    value = (value << 8U) | static_cast<unsigned char>(text[offset + i - 1]);
  }
  return value;
}

std::string sysPath(dev_t device) {
  return fmt::format("/sys/dev/block/{}:{}", major(device), minor(device));
}

/// The name that udev and devtmpfs give the device, for example `mapper/data` or `sda1`.
std::string nodeName(dev_t device) {
  std::ifstream uevent(sysPath(device) + "/uevent");
  static constexpr std::string_view kKey = "DEVNAME=";
  for (std::string line; std::getline(uevent, line);) {
    if (line.starts_with(kKey)) {
      return line.substr(kKey.size());
    }
  }
  return "";
}

Fd openNode(dev_t device, const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat status = {};
  if (fd.valid() && ::fstat(fd.get(), &status) == 0 && S_ISBLK(status.st_mode) &&
      status.st_rdev == device) {
    return fd;
  }
  return Fd();
}

// Offsets in struct ext4_super_block, fs/ext4/ext4.h.
constexpr std::size_t kLogClusterSize = 0x1C;
constexpr std::size_t kLogBlockSize = 0x18;
constexpr std::size_t kMagic = 0x38;
constexpr std::size_t kFeatureCompat = 0x5C;
constexpr std::size_t kFeatureRoCompat = 0x64;

bool isExt(std::string_view superblock) {
  return superblock.size() >= kFeatureRoCompat + 4 && littleEndian(superblock, kMagic, 2) == 0xEF53;
}

}  // namespace

std::optional<bool> extLiftsDirectoryLimit(std::string_view superblock) {
  static constexpr std::uint32_t kDirIndex = 0x20;
  static constexpr std::uint32_t kDirNlink = 0x20;
  if (!isExt(superblock)) {
    return std::nullopt;
  }
  return (littleEndian(superblock, kFeatureCompat, 4) & kDirIndex) != 0 &&
         (littleEndian(superblock, kFeatureRoCompat, 4) & kDirNlink) != 0;
}

std::optional<std::uint64_t> extClusterBytes(std::string_view superblock) {
  static constexpr std::uint32_t kBigalloc = 0x200;
  static constexpr std::uint32_t kLargestLog = 20;  // EXT4_MAX_CLUSTER_LOG_SIZE - 10
  if (!isExt(superblock)) {
    return std::nullopt;
  }
  const bool has_clusters = (littleEndian(superblock, kFeatureRoCompat, 4) & kBigalloc) != 0;
  const std::uint32_t log =
      littleEndian(superblock, has_clusters ? kLogClusterSize : kLogBlockSize, 4);
  return log <= kLargestLog ? std::optional(std::uint64_t{1024} << log) : std::nullopt;
}

std::optional<bool> ocfs2HasIndexedDirectories(std::string_view start) {
  // struct ocfs2_dinode with struct ocfs2_super_block in it, in the third block,
  // fs/ocfs2/ocfs2_fs.h.
  static constexpr std::size_t kFeatureIncompat = 0xC0 + 0x20;
  static constexpr std::uint32_t kIndexedDirs = 0x0400;
  for (const std::size_t block_size : {512U, 1024U, 2048U, 4096U}) {
    const std::size_t offset = 2 * block_size;
    if (start.size() >= offset + kFeatureIncompat + 4 &&
        start.substr(offset).starts_with("OCFSV2")) {
      return (littleEndian(start, offset + kFeatureIncompat, 4) & kIndexedDirs) != 0;
    }
  }
  return std::nullopt;
}

Fd openBlockDevice(dev_t device, const std::string& source) {
  Fd fd = openNode(device, "/dev/" + nodeName(device));
  return fd.valid() ? std::move(fd) : openNode(device, source);
}

std::optional<std::string> readBlockDevice(dev_t device, const std::string& source, off_t offset,
                                           std::size_t length) {
  const Fd fd = openBlockDevice(device, source);
  if (!fd.valid()) {
    return std::nullopt;
  }
  std::string bytes(length, '\0');
  const ssize_t got =
      retryOnEintr([&] { return ::pread(fd.get(), bytes.data(), bytes.size(), offset); });
  if (got < 0) {
    return std::nullopt;
  }
  bytes.resize(static_cast<std::size_t>(got));
  return bytes;
}

std::string blockDeviceName(dev_t device) {
  std::array<char, PATH_MAX> target{};
  const ssize_t length = ::readlink(sysPath(device).c_str(), target.data(), target.size());
  if (length <= 0) {
    return "";
  }
  return std::string(leafOf({target.data(), static_cast<std::size_t>(length)}));
}

bool servedByExt4(dev_t device) {
  const std::string name = blockDeviceName(device);
  return !name.empty() && ::access(("/sys/fs/ext4/" + name).c_str(), F_OK) == 0;
}

}  // namespace hardlink
