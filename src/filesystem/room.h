#pragma once

/// The free inodes and bytes of a filesystem, and what copies take of them, for each type. Any
/// thread.

#include <sys/ioctl.h>
#include <sys/types.h>
#include <sys/vfs.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/os/fd.h"
#include "model/limits.h"

namespace hardlink {

/// A directory that was opened with O_PATH, and its filesystem.
struct Place {
  int fd = -1;
  std::string_view path;
  std::string_view type;    ///< as FilesystemInfo has it
  dev_t device = 0;         ///< its st_dev
  std::string_view source;  ///< of the mount; empty if unknown
};

/// Whether the free room of filesystems of `type` can be determined.
[[nodiscard]] bool countsRoom(std::string_view type);

/// What copies take at `place`; all zero if unknown.
[[nodiscard]] CopyCosts copyCosts(const Place& place);

/// The free room at `place` for copies with these `costs`.
[[nodiscard]] Result<FreeRoom> roomAt(const Place& place, const CopyCosts& costs);

/// Opens the directory or regular file of the O_PATH descriptor `fd` again, for an ioctl. Invalid
/// for other types, because opening a device or a FIFO may have an effect.
[[nodiscard]] Fd openForIoctl(int fd, std::string_view path);

/// Calls fstatfs(2), or statfs(2) on `path` if that fails: before Linux 3.12 fstatfs(2) does not
/// accept O_PATH descriptors.
[[nodiscard]] Result<struct statfs> statFilesystem(int fd, std::string_view path);

/// The free room of ext2, ext3 and ext4, from the answer of statfs(2). If root makes the layers,
/// `held_back` is how many free bytes are reserved even from root. Unset: another user makes them,
/// or the figure is unknown. A pure function, like xfsRoom().
[[nodiscard]] FreeRoom extRoom(const struct statfs& now, std::optional<std::uint64_t> held_back);
[[nodiscard]] FreeRoom xfsRoom(const struct statfs& now, const CopyCosts& costs);

/// struct xfs_fsop_geom_v1 of fs/xfs/libxfs/xfs_fs.h, which the kernel's user headers do not have.
struct XfsGeometry {
  std::uint32_t block_bytes;
  std::array<std::uint32_t, 5> unused_a;
  std::uint32_t inode_bytes;
  std::uint32_t most_inodes_percent;
  std::array<std::uint64_t, 4> unused_b;
  std::array<std::uint32_t, 10> unused_c;
  std::uint32_t directory_block_bytes;
};
inline constexpr unsigned long kAskXfsGeometry = _IOR('X', 100, XfsGeometry);

}  // namespace hardlink
