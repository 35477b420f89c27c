#include "census/cache_room.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>

namespace hardlink {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();

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

/// The lowest limit in the files called `file` of the control group `group` and of those around it,
/// as far as they can be seen: a container's own may be in the place of the topmost.
std::uint64_t lowestLimit(const fs::path& hierarchy, fs::path group, const char* file) {
  std::uint64_t lowest = kUnlimited;
  for (;; group = group.parent_path()) {
    std::ifstream text(hierarchy / group.relative_path() / file);
    std::uint64_t limit = 0;
    if (text >> limit) {  // "max" is no number
      lowest = std::min(lowest, limit);
    }
    if (!group.has_relative_path()) {
      return lowest;
    }
  }
}

/// By cgroups(7): lines of `ID:CONTROLLERS:PATH`, of which version 2 has one, without controllers.
std::uint64_t controlGroupLimit(const std::string& root) {
  const fs::path hierarchies = root + "/sys/fs/cgroup";
  std::uint64_t limit = kUnlimited;
  std::ifstream groups(root + "/proc/self/cgroup");
  for (std::string id; std::getline(groups, id, ':');) {
    std::string controllers;
    std::string path;
    std::getline(groups, controllers, ':');
    std::getline(groups, path);
    if (id == "0" && controllers.empty()) {
      limit = std::min(limit, lowestLimit(hierarchies, path, "memory.max"));
    } else if (controllers == "memory") {
      limit = std::min(limit, lowestLimit(hierarchies / "memory", path, "memory.limit_in_bytes"));
    }
  }
  return limit;
}

}  // namespace

std::uint64_t cacheRoom(const std::string& root) {
  return std::min(availableMemory(root) / 2, controlGroupLimit(root));
}

}  // namespace hardlink
