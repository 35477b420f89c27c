#pragma once

#include "cli/options.h"

namespace hardlink {

/// Exit codes of every command but `check`.
enum ExitCode : int {
  kExitOk = 0,
  kExitFailed = 1,  ///< the operation failed or the verdict is negative
  kExitUsage = 2,   ///< wrong usage or bad configuration
};

/// Serves until SIGTERM or SIGINT. Blocks signals in the calling thread, which must be the only
/// one.
[[nodiscard]] int runDaemon(const DaemonOptions& options);

/// Counts once and prints.
[[nodiscard]] int runScan(const ScanOptions& options);

}  // namespace hardlink
