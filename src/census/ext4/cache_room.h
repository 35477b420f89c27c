#pragma once

#include <cstdint>
#include <string>

namespace hardlink {

/// How many bytes this process can read ahead without pushing out what it has just read, or what
/// others need: half of the machine's available memory, and no more than the memory limits of its
/// control groups, which count page cache too. 0 if the system does not say. `root` stands for the
/// root directory, where /proc and /sys are. Any thread.
[[nodiscard]] std::uint64_t cacheRoom(const std::string& root = "");

}  // namespace hardlink
