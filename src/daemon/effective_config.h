#pragma once

#include <cstdint>
#include <vector>

#include "config/load.h"
#include "daemon/daemon.h"

namespace hardlink {

/// The configuration that the daemon runs with: the file's values, flags over them, and the roots
/// from the PATHs, or the file, or discovery. Having nothing to watch is a problem too.
[[nodiscard]] ConfigOrProblems effectiveConfig(const DaemonOptions& options);

/// The ports of the listen addresses; 0: any that is free.
[[nodiscard]] std::vector<std::uint16_t> listenPorts(const WebConfig& web);

}  // namespace hardlink
