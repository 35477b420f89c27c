#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/types.h"
#include "docker/discovery.h"

namespace hardlink {

/// How a command that counts a tree itself is to read it; what a configured root says in the file.
struct SurveyFlags {
  LayoutChoice layout = LayoutChoice::automatic;
  std::optional<Tool> tool;  ///< who makes the links; unset: by evidence
  EngineChoice engine = EngineChoice::automatic;
  std::optional<std::string> layers;        ///< glob below the root that names the layers
  std::optional<std::uint64_t> link_limit;  ///< unset: what the filesystem allows
};

/// A root for a PATH argument, relative to the working directory or not, named by its absolute
/// form.
[[nodiscard]] RootConfig rootFromPath(const std::string& path);

/// One root per path, each directory once.
[[nodiscard]] std::vector<RootConfig> rootsFromPaths(const std::vector<std::string>& paths);

/// `paths`, with each that is a data root of Docker's replaced by the overlay directories in it.
/// One whose filesystem does not answer stays as it is, after some seconds.
[[nodiscard]] std::vector<std::string> withDataRootsResolved(const std::vector<std::string>& paths);

/// The roots that discovery found; network filesystems among them will be refused.
[[nodiscard]] std::vector<RootConfig> rootsFromDiscovery(const DockerDiscovery& discovery);

/// What the flags say about reading a tree, written into the root.
void applyFlags(const SurveyFlags& flags, RootConfig& root);

/// The roots of a command that counts by itself: those of the paths, or without any those that
/// discovery found. A data root of Docker's stands for its overlay directories, unless the flags
/// say what the layers are.
[[nodiscard]] std::vector<RootConfig> rootsToSurvey(const std::vector<std::string>& paths,
                                                    const SurveyFlags& flags,
                                                    const DockerDiscovery& discovery);

/// Why the first of `paths` that can be no root is none: it does not exist, or is no directory. A
/// path whose filesystem does not answer within some seconds, and one that may not be looked at, is
/// left to the census. For paths of the command line: a root of the configuration may be absent.
/// The first one may be one of `commands` with a slip, or any of them a command in the wrong place.
[[nodiscard]] std::optional<std::string> whyNoRoot(
    const std::vector<std::string>& paths, const std::vector<std::string_view>& commands = {});

/// Why the first of `paths` that is a data root of Docker's with another storage driver than
/// overlay has no layers to count.
[[nodiscard]] std::optional<std::string> whyNoLayers(const std::vector<std::string>& paths);

/// That discovery found no overlay storage: what it looked for, and what is there instead.
[[nodiscard]] std::string noOverlayStorage(const DockerDiscovery& discovery);

/// One line for somebody who has given nothing to watch: what was looked for and what to do.
[[nodiscard]] std::string nothingToWatch(const DockerDiscovery& discovery);

}  // namespace hardlink
