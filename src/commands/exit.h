#pragma once

#include <cstdlib>

namespace hardlink {

/// Exit codes of every command except `check`, which has the codes of its mode.
enum ExitCode : int {
  kExitOk = 0,
  kExitFailed = 1,  ///< the operation failed or the verdict is negative
  kExitUsage = 2,   ///< wrong usage or bad configuration
};

/// Ends the process at once and runs no destructor, because nothing else ends a thread that a
/// filesystem holds, and joining it would wait for ever. This is the one exception to the rule that
/// the process ends where main() returns. Standard output must have been flushed. Any thread.
[[noreturn]] inline void leaveHeldThreads(int exit_code) { std::_Exit(exit_code); }

}  // namespace hardlink
