#pragma once

/// Features of filesystems that only the superblock shows, and block devices. Opens block devices
/// read-only, if that is allowed. Any thread.

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/os/fd.h"

namespace hardlink {

/// Whether directories may have more than 65000 links: with the feature `dir_nlink`, which works
/// only for indexed directories (`dir_index`). `superblock` is the bytes from byte 1024 of an ext2,
/// ext3 or ext4 filesystem. Nothing if it is another filesystem.
[[nodiscard]] std::optional<bool> extLiftsDirectoryLimit(std::string_view superblock);

/// The unit of allocation of an ext2, ext3 or ext4 filesystem: a block, or a cluster of blocks with
/// `bigalloc`. Nothing if it is another filesystem.
[[nodiscard]] std::optional<std::uint64_t> extClusterBytes(std::string_view superblock);

/// Whether an ocfs2 filesystem has indexed directories. `start` is its first bytes, at least 12
/// KiB. Nothing if it is another filesystem.
[[nodiscard]] std::optional<bool> ocfs2HasIndexedDirectories(std::string_view start);

/// Opens the block device with the number `device` for reading: under its kernel name in /dev
/// (device-mapper and loop devices too), else as `source`. Invalid, with errno set, if it cannot be
/// opened.
[[nodiscard]] Fd openBlockDevice(dev_t device, const std::string& source);

/// Up to `length` bytes at `offset` of the block device with the number `device`; nothing if it
/// cannot be read.
[[nodiscard]] std::optional<std::string> readBlockDevice(dev_t device, const std::string& source,
                                                         off_t offset, std::size_t length);

/// The kernel's name of the block device with the number `device` (`sda1`, `dm-0`, `loop3`), from
/// /sys; empty if there is none.
[[nodiscard]] std::string blockDeviceName(dev_t device);

/// Whether ext4.ko has mounted the block device with the number `device`, by its directory in
/// sysfs. ext4.ko mounts ext2 and ext3 too.
[[nodiscard]] bool servedByExt4(dev_t device);

}  // namespace hardlink
