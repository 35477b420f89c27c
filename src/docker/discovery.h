#pragma once

/// Where Docker keeps the layers of its overlay driver on this host.

#include <string>
#include <vector>

namespace hardlink {

struct DockerDiscovery {
  /// `overlay/` directories that exist, that of the data root itself first, then those of
  /// remapped user namespaces (DATA_ROOT/UID.GID/overlay), ascending.
  std::vector<std::string> overlay_directories;
  /// Without overlay directories: paths of other storage of Docker and containerd, whose layers
  /// share no files by links.
  std::vector<std::string> other_storage;
  std::string data_root;    ///< from daemon.json, or Docker's default
  std::string explanation;  ///< for people: where that came from and where layers were searched
};

inline constexpr const char* kDockerDaemonJson = "/etc/docker/daemon.json";
inline constexpr const char* kContainerdRoot = "/var/lib/containerd";

/// Reads `daemon_json`, which may be missing (`explanation` tells errors in it), and searches the
/// storage driver's directory. Never fails.
[[nodiscard]] DockerDiscovery discoverDocker(const std::string& daemon_json = kDockerDaemonJson,
                                             const std::string& containerd_root = kContainerdRoot);

/// The storage of other drivers in `path` if that is a data root of Docker without an overlay
/// directory; none if it is not, or cannot be read.
[[nodiscard]] std::vector<std::string> otherStorageIn(const std::string& path);

/// The overlay directories in `path` if that is a data root of Docker (it has `image/overlay`
/// beside `overlay`, or the UID.GID directory of a remapped user namespace in it has), in the order
/// of DockerDiscovery; none if it is not, or cannot be read.
[[nodiscard]] std::vector<std::string> dockerOverlaysIn(const std::string& path);

/// The overlay directory for a `path` that is Docker's data root or the overlay directory: the
/// first of dockerOverlaysIn(), or `path` itself.
[[nodiscard]] std::string dockerOverlayOf(const std::string& path);

}  // namespace hardlink
