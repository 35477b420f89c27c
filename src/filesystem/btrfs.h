#pragma once

/// What limits names on btrfs beside the number of links. Any thread.

#include <cstdint>
#include <optional>

namespace hardlink {

/// How many bytes the back references of one inode in one directory can have on the btrfs that the
/// open file or directory `fd` is on: 10 for each name, and its length. Unset where they are not
/// limited (`extended_iref`) or it cannot be told.
[[nodiscard]] std::optional<std::uint64_t> backReferenceBytes(int fd);

}  // namespace hardlink
