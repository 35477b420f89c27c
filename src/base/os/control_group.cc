#include "base/os/control_group.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace hardlink {
namespace {

namespace fs = std::filesystem;

using Limit = std::optional<std::uint64_t>;

/// The lowest limit in the files called `file` of the control group `group` and of those around it.
/// A container may see its own group in the place of the topmost.
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

}  // namespace

/// By cgroups(7): lines of `ID:CONTROLLERS:PATH`, of which version 2 has one, without controllers.
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

}  // namespace hardlink
