#pragma once

/// A limit of btrfs on the names of an inode, beside the link limit. Any thread.

#include <cstdint>
#include <optional>

namespace hardlink {

/// How many bytes the back references of one inode in one directory may take on the btrfs of the
/// open file or directory `fd`. Each name takes 10 bytes and its length. Unset if there is no limit
/// (`extended_iref`) or if it cannot be determined.
[[nodiscard]] std::optional<std::uint64_t> backReferenceBytes(int fd);

}  // namespace hardlink
