#pragma once

/// Landlock(7), by which a process restricts itself, whoever it runs as.

#include <cstdint>
#include <vector>

#include "base/error.h"

namespace hardlink {

/// From here on nothing in the filesystem can be written, made, changed by name, removed or
/// executed, and of TCP (from version 4 on) only `ports` can be listened on and nothing connected
/// to. Reading stays free. Holds for the calling thread and those that it starts; for good. Files
/// that are open stay as they are. Needs no_new_privs. Returns the version of Landlock's interface
/// that the kernel has; fails where it has none (Linux before 5.13, or not enabled).
[[nodiscard]] Result<int> restrictToReading(const std::vector<std::uint16_t>& ports);

/// The first version that also keeps files from being truncated.
inline constexpr int kLandlockTruncate = 3;

}  // namespace hardlink
