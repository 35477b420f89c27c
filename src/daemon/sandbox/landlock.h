#pragma once

/// Landlock(7), with which a process restricts itself, also as an unprivileged user.

#include <cstdint>
#include <vector>

#include "base/error.h"

namespace hardlink {

/// Forbids the calling thread, and those that it starts, to write, create, rename, remove or
/// execute files. From version 4 on it also forbids TCP connects, and TCP listening except on
/// `ports`. Reading stays free, and open files stay as they are. Cannot be undone. Needs
/// no_new_privs. Returns the version of Landlock's interface in the kernel; fails if there is none
/// (Linux before 5.13, or not enabled).
[[nodiscard]] Result<int> restrictToReading(const std::vector<std::uint16_t>& ports);

/// The first version that also forbids truncating files.
inline constexpr int kLandlockTruncate = 3;

}  // namespace hardlink
