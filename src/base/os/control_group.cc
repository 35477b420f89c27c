#include "base/os/control_group.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>

namespace hardlink {
namespace {

namespace fs = std::filesystem;

using Limit = std::optional<std::uint64_t>;

/// The lowest limit in the files called `file` of the control group `group` and of the groups
/// around it. A container may see its own group as the topmost one.
Limit lowestLimit(const fs::path& hierarchy, fs::path group, const char* file) {
  Limit lowest;
  for (;; group = group.parent_path()) {
    std::ifstream text(hierarchy / group.relative_path() / file);
    std::uint64_t limit = 0;
    if (text >> limit) {  // "max" is no number
      lowest = std::min(lowest.value_or(limit), limit);
    }
    if (!group.has_relative_path()) {
      return lowest;
    }
  }
}

/// Bytes of memory that the kernel can use without swapping; 0 if it does not say. Before
/// Linux 3.14 it gives no such figure: then what is free, and pages of files that were not used
/// lately.
std::uint64_t availableMemory(const std::string& root) {
  std::ifstream meminfo(root + "/proc/meminfo");
  std::uint64_t free_kibibytes = 0;
  for (std::string name; meminfo >> name;) {
    std::uint64_t kibibytes = 0;
    if (name == "MemAvailable:" && meminfo >> kibibytes) {
      return kibibytes * 1024;
    }
    if ((name == "MemFree:" || name == "Inactive(file):") && meminfo >> kibibytes) {
      free_kibibytes += kibibytes;
    }
    meminfo.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return free_kibibytes * 1024;
}

}  // namespace

/// /proc/self/cgroup has lines `ID:CONTROLLERS:PATH` (cgroups(7)). Version 2 has one line, with the
/// ID 0 and without controllers.
Limit controlGroupLimit(const ControlGroupFile& file, const std::string& root) {
  const fs::path hierarchies = root + "/sys/fs/cgroup";
  Limit lowest;
  const auto take = [&](Limit limit) {
    lowest = limit ? std::min(lowest.value_or(*limit), *limit) : lowest;
  };
  std::ifstream groups(root + "/proc/self/cgroup");
  for (std::string id; std::getline(groups, id, ':');) {
    std::string controllers;
    std::string path;
    std::getline(groups, controllers, ':');
    std::getline(groups, path);
    if (id == "0" && controllers.empty()) {
      take(lowestLimit(hierarchies, path, file.second_version));
    } else if (controllers == file.controller) {
      take(lowestLimit(hierarchies / file.controller, path, file.first_version));
    }
  }
  return lowest;
}

std::uint64_t cacheRoom(const std::string& root) {
  constexpr ControlGroupFile kMemory{"memory", "memory.limit_in_bytes", "memory.max"};
  const std::uint64_t available = availableMemory(root) / 2;
  return std::min(available, controlGroupLimit(kMemory, root).value_or(available));
}

}  // namespace hardlink
