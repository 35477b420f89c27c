#pragma once

#include <cstdint>
#include <vector>

#include "config/load.h"
#include "daemon/daemon.h"

namespace hardlink {

/// The configuration that the daemon runs with. Flags win over the file's values. The roots come
/// from the PATHs, otherwise from the file, otherwise from discovery. Nothing to watch is a problem
/// too.
[[nodiscard]] Result<Config, Problems> effectiveConfig(const DaemonOptions& options);

/// The ports of the listen addresses; 0: any that is free.
[[nodiscard]] std::vector<std::uint16_t> listenPorts(const WebConfig& web);

}  // namespace hardlink
