#pragma once

/// What a filesystem has left at a directory, and what copies take of it, type by type. Any thread.

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

/// A directory that was opened with O_PATH, and the filesystem that it is on.
struct Place {
  int fd = -1;
  std::string_view path;
  std::string_view type;    ///< as FilesystemInfo has it
  dev_t device = 0;         ///< its st_dev
  std::string_view source;  ///< of the mount; empty where not known
};

/// Whether anything can be said of what filesystems of `type` have left.
[[nodiscard]] bool countsRoom(std::string_view type);

/// What copies take at `place`: all zero where it is not known.
[[nodiscard]] CopyCosts copyCosts(const Place& place);

/// What is left at `place`, where copies have these `costs`.
[[nodiscard]] Result<FreeRoom> roomAt(const Place& place, const CopyCosts& costs);

/// The directory or regular file that is open as `fd`, which was opened with O_PATH, opened for
/// questions that take an ioctl. Invalid where it is of another type: opening a device or a FIFO
/// does something.
[[nodiscard]] Fd openForQuestions(int fd, std::string_view path);

/// fstatfs(2). Before Linux 3.12 a descriptor opened with O_PATH has none: there `path` is asked.
[[nodiscard]] Result<struct statfs> statFilesystem(int fd, std::string_view path);

/// What ext2, ext3 and ext4 have left by what statfs(2) says. `held_back` is what the maker of the
/// layers is not given of the free bytes, if that maker is root and it is known; without it he is
/// taken for somebody else. Pure, as the next.
[[nodiscard]] FreeRoom extRoom(const struct statfs& now, std::optional<std::uint64_t> held_back);
[[nodiscard]] FreeRoom xfsRoom(const struct statfs& now, const CopyCosts& costs);

/// struct xfs_fsop_geom_v1 of fs/xfs/libxfs/xfs_fs.h, which is not among the kernel's own headers.
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
