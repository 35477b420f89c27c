#pragma once

#include <cstdlib>

#include "cli/options.h"

namespace hardlink {

/// Exit codes of every command but `check`, which has those of its mode.
enum ExitCode : int {
  kExitOk = 0,
  kExitFailed = 1,  ///< the operation failed or the verdict is negative
  kExitUsage = 2,   ///< wrong usage or bad configuration
};

/// Ends the process at once and runs no destructor: a thread that a filesystem holds can be ended
/// in no other way, and joining it would wait for ever. The one exception to the rule that the
/// process ends where main() returns. Standard output must have been flushed. Any thread.
[[noreturn]] inline void leaveHeldThreads(int exit_code) { std::_Exit(exit_code); }

/// Serves until SIGTERM or SIGINT. Blocks signals in the calling thread, which must be the only
/// one.
[[nodiscard]] int runDaemon(const DaemonOptions& options);

/// Counts once and prints.
[[nodiscard]] int runScan(const ScanOptions& options);

/// Says who holds the links of one file.
[[nodiscard]] int runExplain(const ExplainOptions& options);

/// Prints which removals make room for a given number of layers. Removes nothing.
[[nodiscard]] int runPlan(const PlanOptions& options);

/// Prints a verdict for a monitoring system, within the time that it has. Where that is not enough
/// it ends the process itself, since no thread that a filesystem holds can be ended.
[[nodiscard]] int runCheck(const CheckOptions& options);

/// Says whether an image would extract.
[[nodiscard]] int runPreflight(const PreflightOptions& options);

}  // namespace hardlink
