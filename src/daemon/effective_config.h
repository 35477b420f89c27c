#pragma once

#include "config/load.h"
#include "daemon/daemon.h"

namespace hardlink {

/// The configuration that the daemon runs with: the file's values, flags over them, and the roots
/// from the PATHs, or the file, or discovery. Having nothing to watch is a problem too.
[[nodiscard]] ConfigOrProblems effectiveConfig(const DaemonOptions& options);

}  // namespace hardlink
