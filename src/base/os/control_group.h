#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace hardlink {

/// Where control groups keep a limit: the name of the controller, and the names of its file in
/// version 1 and in version 2 of control groups.
struct ControlGroupFile {
  const char* controller;
  const char* first_version;
  const char* second_version;
};

/// The lowest limit of this process' control groups and of the groups around them that are visible;
/// unset if none has a limit. The paths of /proc and /sys begin with `root`. Any thread.
[[nodiscard]] std::optional<std::uint64_t> controlGroupLimit(const ControlGroupFile& file,
                                                             const std::string& root = "");

/// How many bytes this process can read ahead without pushing out what it has just read, or what
/// others need: half of the machine's available memory, and no more than the memory limits of its
/// control groups, which count page cache too. 0 if the system does not say. `root` stands for the
/// root directory, where /proc and /sys are. Any thread.
[[nodiscard]] std::uint64_t cacheRoom(const std::string& root = "");

}  // namespace hardlink
