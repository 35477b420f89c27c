#pragma once

/// The system calls that a daemon needs once it listens, and no others. The only user of
/// libseccomp.

#include <optional>

#include "base/error.h"

namespace hardlink {

struct SyscallFilterOptions {
  /// openat2 takes its flags from memory, where a filter cannot look: it is allowed only where
  /// something else keeps files from being opened for writing. Without it the walk does with
  /// openat.
  bool allow_openat2 = false;
  /// All threads of the process, those that run already included, or the calling one and those that
  /// it starts.
  bool all_threads = true;
  /// What is refused goes to the kernel's log (audit), at its own pace.
  bool log_refusals = false;
};

/// From here on every other system call fails, with EPERM, or ENOSYS where it is newer than Linux
/// 5.0, so that libraries do as on an older kernel; nothing is killed for it. Holds for good. Needs
/// no_new_privs. On failure nothing has changed.
[[nodiscard]] std::optional<Error> filterSyscalls(const SyscallFilterOptions& options);

/// Whether this kernel can filter threads that run already (seccomp(2), Linux 3.17); others take
/// a filter for the calling thread alone (prctl(2)).
[[nodiscard]] bool canFilterAllThreads();

}  // namespace hardlink
