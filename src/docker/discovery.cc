#include "docker/discovery.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/os/read_file.h"
#include "docker/json.h"

namespace hardlink {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDefaultDataRoot = "/var/lib/docker";
constexpr const char* kDriverDirectory = "overlay";

/// Docker's other storage drivers, past and present (daemon/graphdriver of moby): they copy, stack
/// or clone, and make no link from one layer to the next.
constexpr std::array kOtherDrivers = {"overlay2", "fuse-overlayfs", "btrfs",       "zfs",
                                      "vfs",      "aufs",           "devicemapper"};
/// containerd's snapshotters store layers in directories with this beginning.
constexpr const char* kSnapshotter = "io.containerd.snapshotter.v1.";

/// Docker's `data-root` (`graph` before 17.05), or the default; `explanation` says which.
std::string dataRoot(const std::string& daemon_json, std::string& explanation) {
  explanation = fmt::format("Docker's default data root {}", kDefaultDataRoot);
  const auto text = readFile(daemon_json, {.most_bytes = kLongestDocument});
  if (!text) {
    const bool is_there = access(daemon_json.c_str(), F_OK) == 0;
    explanation += fmt::format(" ({} {})", is_there ? "cannot read" : "no", daemon_json);
    return kDefaultDataRoot;
  }
  const auto json = JsonDocument::parse(*text, daemon_json);
  if (!json || !json->top().value().is_object()) {
    explanation += " (" + daemon_json + " is not a JSON object)";
    return kDefaultDataRoot;
  }
  for (const char* key : {"data-root", "graph"}) {
    std::string root = json->top().textOrEmpty(key);
    if (!root.empty()) {
      explanation = fmt::format("\"{}\" of {}, {}", key, daemon_json, root);
      return root;
    }
  }
  explanation += " (" + daemon_json + " names no other)";
  return kDefaultDataRoot;
}

/// Whether `name` is what Docker calls a remapped data root: UID.GID.
bool isRemapped(const std::string& name) {
  const auto dot = name.find('.');
  const auto digits = [](std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  };
  return dot != std::string::npos && digits(std::string_view(name).substr(0, dot)) &&
         digits(std::string_view(name).substr(dot + 1));
}

bool isDirectory(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

/// Snapshotters of containerd in `directory`, ascending.
std::vector<std::string> snapshottersIn(const fs::path& directory) {
  std::vector<std::string> found;
  std::error_code error;
  for (fs::directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
    if (at->path().filename().string().starts_with(kSnapshotter) &&
        isDirectory(at->path() / "snapshots")) {
      found.push_back(at->path().string());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

/// `root` and, ascending, the data roots of remapped user namespaces in it.
std::vector<fs::path> withRemappedRoots(const fs::path& root) {
  std::vector<fs::path> roots;
  std::error_code error;
  for (fs::directory_iterator at(root, error), end; !error && at != end; at.increment(error)) {
    if (isRemapped(at->path().filename().string())) {
      roots.push_back(at->path());
    }
  }
  std::sort(roots.begin(), roots.end());
  roots.insert(roots.begin(), root);
  return roots;
}

/// Directories of other drivers in `root` and the data roots of remapped namespaces in it. Only a
/// database of images makes sure that they are Docker's.
std::vector<std::string> otherDriversIn(const fs::path& root, bool needs_database) {
  std::vector<std::string> found;
  const std::vector<fs::path> roots = withRemappedRoots(root);
  for (const char* const driver : kOtherDrivers) {
    for (const fs::path& data_root : roots) {
      if (isDirectory(data_root / driver) &&
          (!needs_database || isDirectory(data_root / "image" / driver))) {
        found.push_back((data_root / driver).string());
      }
    }
  }
  return found;
}

}  // namespace

DockerDiscovery discoverDocker(const std::string& daemon_json, const std::string& containerd_root) {
  DockerDiscovery discovery;
  discovery.data_root = dataRoot(daemon_json, discovery.explanation);
  const fs::path root(discovery.data_root);
  for (const fs::path& data_root : withRemappedRoots(root)) {
    if (isDirectory(data_root / kDriverDirectory)) {
      discovery.overlay_directories.push_back((data_root / kDriverDirectory).string());
    }
  }
  discovery.explanation += "; looked for " + (root / kDriverDirectory).string() + " and " +
                           (root / "UID.GID" / kDriverDirectory).string();
  if (discovery.overlay_directories.empty()) {
    discovery.other_storage = otherDriversIn(root, false);
    // Docker has containerd keep its images, its own (containerd/daemon) or that of the host.
    for (const fs::path& directory : {root / "containerd" / "daemon", fs::path(containerd_root)}) {
      const std::vector<std::string> found = snapshottersIn(directory);
      discovery.other_storage.insert(discovery.other_storage.end(), found.begin(), found.end());
    }
    std::error_code error;
    if (!fs::exists(root / kDriverDirectory, error) && error) {
      discovery.explanation += "; " + root.string() + ": " + error.message();
    }
  }
  return discovery;
}

std::vector<std::string> otherStorageIn(const std::string& path) {
  return dockerOverlaysIn(path).empty() ? otherDriversIn(path, true) : std::vector<std::string>();
}

std::vector<std::string> dockerOverlaysIn(const std::string& path) {
  std::vector<std::string> overlays;
  for (const fs::path& data_root : withRemappedRoots(path)) {
    const fs::path overlay = data_root / kDriverDirectory;
    // A tree of snapshots may well hold one called overlay: the database makes it Docker's.
    if (isDirectory(overlay) && isDirectory(data_root / "image" / kDriverDirectory)) {
      overlays.push_back(overlay.string());
    }
  }
  return overlays;
}

std::string dockerOverlayOf(const std::string& path) {
  const std::vector<std::string> overlays = dockerOverlaysIn(path);
  return overlays.empty() ? path : overlays.front();
}

}  // namespace hardlink
