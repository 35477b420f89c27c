#pragma once

/// What a limit depends on and only the superblock tells. Reads the block device, read-only, where
/// that is allowed. Any thread.

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/os/fd.h"

namespace hardlink {

/// Whether directories may have more than 65000 links (`dir_nlink`, which works on indexed
/// directories only: `dir_index`). `superblock` is what stands at byte 1024 of an ext2, ext3 or
/// ext4 filesystem; nothing if it is not one.
[[nodiscard]] std::optional<bool> extLiftsDirectoryLimit(std::string_view superblock);

/// What an ext2, ext3 or ext4 filesystem with this superblock gives away at once: a block, or the
/// cluster of several that `bigalloc` has; nothing if it is not one.
[[nodiscard]] std::optional<std::uint64_t> extClusterBytes(std::string_view superblock);

/// Whether an ocfs2 filesystem that starts with the bytes `start` (at least 12 KiB) has indexed
/// directories; nothing if it is not one.
[[nodiscard]] std::optional<bool> ocfs2HasIndexedDirectories(std::string_view start);

/// The block device with the number `device`, opened for reading: looked for under its kernel name
/// in /dev (device-mapper and loop devices included), then as `source`. Invalid, with errno set,
/// where it cannot be opened.
[[nodiscard]] Fd openBlockDevice(dev_t device, const std::string& source);

/// Up to `length` bytes at `offset` of the block device with the number `device`; nothing
/// where it cannot be read.
[[nodiscard]] std::optional<std::string> readBlockDevice(dev_t device, const std::string& source,
                                                         off_t offset, std::size_t length);

/// The kernel's name of the block device with the number `device` (`sda1`, `dm-0`, `loop3`), from
/// /sys; empty if there is none.
[[nodiscard]] std::string blockDeviceName(dev_t device);

/// Whether ext4.ko serves the block device with the number `device`, which it says in sysfs: also
/// of filesystems that were mounted as ext2 or ext3.
[[nodiscard]] bool servedByExt4(dev_t device);

}  // namespace hardlink
