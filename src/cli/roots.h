#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/options.h"
#include "config/types.h"
#include "docker/discovery.h"

namespace hardlink {

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
[[nodiscard]] std::optional<std::string> whyNoRoot(const std::vector<std::string>& paths);

/// whyNoRoot() of the daemon's paths. The first one may be a command that is misspelt.
[[nodiscard]] std::optional<std::string> whyNeitherRootNorCommand(
    const std::vector<std::string>& paths);

/// Why the first of `paths` that is a data root of Docker's with another storage driver than
/// overlay has no layers to count.
[[nodiscard]] std::optional<std::string> whyNoLayers(const std::vector<std::string>& paths);

/// That discovery found no overlay storage: what it looked for, and what is there instead.
[[nodiscard]] std::string noOverlayStorage(const DockerDiscovery& discovery);

/// One line for somebody who has given nothing to watch: what was looked for and what to do.
[[nodiscard]] std::string nothingToWatch(const DockerDiscovery& discovery);

}  // namespace hardlink
