#pragma once

/// The system calls that a daemon needs once it listens, and no others. The only user of
/// libseccomp.

#include "base/error.h"

namespace hardlink {

struct SyscallFilterOptions {
  /// A filter cannot see the flags of openat2, which are in memory: it may be allowed only if
  /// something else keeps files from being opened for writing. Without openat2 the walk uses
  /// openat.
  bool allow_openat2 = false;
  /// Filters all threads of the process, running ones included; otherwise the calling thread and
  /// those that it starts.
  bool all_threads = true;
  /// The kernel logs refused calls (audit), at its own pace.
  bool log_refusals = false;
};

/// From here on every other system call fails and kills nothing: with EPERM, or with ENOSYS if it
/// is newer than Linux 5.0, so that libraries act as on an older kernel. Cannot be undone. Needs
/// no_new_privs. On failure nothing has changed.
[[nodiscard]] Result<void> filterSyscalls(const SyscallFilterOptions& options);

/// Whether this kernel can filter running threads (seccomp(2), Linux 3.17). An older one can filter
/// only the calling thread (prctl(2)).
[[nodiscard]] bool canFilterAllThreads();

}  // namespace hardlink
