#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/types.h"
#include "docker/discovery.h"

namespace hardlink {

/// How a command reads the trees that it counts; a configured root says this in the file.
struct CensusFlags {
  LayoutChoice layout = LayoutChoice::automatic;
  std::optional<Tool> tool;  ///< that makes the links; unset: by evidence
  EngineChoice engine = EngineChoice::automatic;
  std::optional<std::string> layers;        ///< glob below the root that names the layers
  std::optional<std::uint64_t> link_limit;  ///< unset: the limit of the filesystem
};

/// The root of a PATH argument. Its name is the absolute path.
[[nodiscard]] RootConfig rootFromPath(const std::string& path);

/// One root for each path; a directory that is given twice is one root.
[[nodiscard]] std::vector<RootConfig> rootsFromPaths(const std::vector<std::string>& paths);

/// `paths`, in which each of Docker's data roots is replaced by its overlay directories. A path
/// whose filesystem does not answer within some seconds stays as it is.
[[nodiscard]] std::vector<std::string> withDataRootsResolved(const std::vector<std::string>& paths);

/// The roots that discovery found. A census refuses those on network filesystems.
[[nodiscard]] std::vector<RootConfig> rootsFromDiscovery(const DockerDiscovery& discovery);

/// Sets in `root` what the flags say about reading a tree.
void applyFlags(const CensusFlags& flags, RootConfig& root);

/// The roots of a command that counts by itself: the roots of `paths`, or without paths the roots
/// that discovery found. One of Docker's data roots stands for its overlay directories, unless the
/// flags say what the layers are.
[[nodiscard]] std::vector<RootConfig> rootsToCount(const std::vector<std::string>& paths,
                                                   const CensusFlags& flags,
                                                   const DockerDiscovery& discovery);

/// The problem of the first path that cannot be a root: it does not exist, or is no directory. A
/// path whose filesystem does not answer within some seconds, or that may not be read, is left to
/// the census. Only for the command line: a root of the configuration may be absent. The message
/// suggests one of `commands` if the first path looks like a mistyped command, and says so if a
/// path is a command in the wrong place.
[[nodiscard]] std::optional<std::string> whyNoRoot(
    const std::vector<std::string>& paths, const std::vector<std::string_view>& commands = {});

/// Why the first of `paths` that is a data root of Docker's with another storage driver than
/// overlay has no layers to count.
[[nodiscard]] std::optional<std::string> whyNoLayers(const std::vector<std::string>& paths);

/// Says that discovery found no overlay storage, where it searched, and what is there instead.
[[nodiscard]] std::string noOverlayStorage(const DockerDiscovery& discovery);

/// One line for a user who gave nothing to watch: where discovery searched, and what to do.
[[nodiscard]] std::string nothingToWatch(const DockerDiscovery& discovery);

}  // namespace hardlink
