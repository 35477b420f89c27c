#pragma once

#include <string>
#include <vector>

#include "config/types.h"
#include "layers/docker_discovery.h"

namespace hardlink {

/// A root for a PATH argument, relative to the working directory or not, named by its absolute
/// form.
[[nodiscard]] RootConfig rootFromPath(const std::string& path);

/// One root per path, each directory once.
[[nodiscard]] std::vector<RootConfig> rootsFromPaths(const std::vector<std::string>& paths);

/// The roots that discovery found; network filesystems among them will be refused.
[[nodiscard]] std::vector<RootConfig> rootsFromDiscovery(const DockerDiscovery& discovery);

/// One line for somebody who has given nothing to watch: what was looked for and what to do.
[[nodiscard]] std::string nothingToWatch(const DockerDiscovery& discovery);

}  // namespace hardlink
