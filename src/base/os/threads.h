#pragma once

/// How many threads there are and may be, for the day on which one cannot be made.

#include <cstddef>
#include <optional>
#include <string>

#include "base/error.h"

namespace hardlink {

/// Threads of this process; unset where /proc does not tell.
[[nodiscard]] std::optional<std::size_t> threadCount();

/// Makes a thread and ends it; false where none can be made.
[[nodiscard]] bool canMakeThread();

/// The limits on threads that this process can see, each with the settings that raise it. `root`
/// stands for the root directory, where /proc and /sys are.
[[nodiscard]] std::string threadLimits(const std::string& root = "");

/// The error of a thread that could not be made: how many there are, how many this process
/// `needed` in all (0 if that is not known), and what limits them.
[[nodiscard]] Error threadShortage(std::size_t needed = 0);

/// What `failure` says, or threadShortage() where std::thread could make no thread.
[[nodiscard]] std::string reasonOf(const std::exception& failure);

}  // namespace hardlink
