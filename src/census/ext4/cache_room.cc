#include "census/ext4/cache_room.h"

#include <algorithm>
#include <fstream>
#include <limits>

#include "base/os/control_group.h"

namespace hardlink {
namespace {

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

std::uint64_t cacheRoom(const std::string& root) {
  constexpr ControlGroupFile kMemory{"memory", "memory.limit_in_bytes", "memory.max"};
  const std::uint64_t available = availableMemory(root) / 2;
  return std::min(available, controlGroupLimit(kMemory, root).value_or(available));
}

}  // namespace hardlink
