#pragma once

/// Where Docker keeps the layers of its overlay driver on this host.

#include <string>
#include <vector>

namespace hardlink {

struct DockerDiscovery {
  /// `overlay/` directories that exist, that of the data root itself first, then those of
  /// remapped user namespaces (DATA_ROOT/UID.GID/overlay), ascending.
  std::vector<std::string> overlay_directories;
  /// Storage of Docker's and containerd's that is there instead, where there are no overlay
  /// directories: paths, whose layers share no files by links.
  std::vector<std::string> other_storage;
  std::string data_root;    ///< from daemon.json, or Docker's default
  std::string explanation;  ///< where that came from and what was looked for, for people
};

inline constexpr const char* kDockerDaemonJson = "/etc/docker/daemon.json";
inline constexpr const char* kContainerdRoot = "/var/lib/containerd";

/// Reads `daemon_json` (its absence is normal; nonsense in it is said in `explanation`) and looks
/// for the storage driver's directory. Never fails.
[[nodiscard]] DockerDiscovery discoverDocker(const std::string& daemon_json = kDockerDaemonJson,
                                             const std::string& containerd_root = kContainerdRoot);

/// The storage of other drivers in `path` if that is a data root of Docker's without an overlay
/// directory; none if it is not, or cannot be looked at.
[[nodiscard]] std::vector<std::string> otherStorageIn(const std::string& path);

/// The overlay directories in `path` if that is a data root of Docker's (it has `image/overlay`
/// beside `overlay`, or a remapped user namespace's UID.GID directory in it does), in the order of
/// DockerDiscovery; none if it is not, or cannot be looked at.
[[nodiscard]] std::vector<std::string> dockerOverlaysIn(const std::string& path);

/// What somebody means who names either Docker's data root or its overlay directory: the first of
/// dockerOverlaysIn(), or `path` itself.
[[nodiscard]] std::string dockerOverlayOf(const std::string& path);

}  // namespace hardlink
