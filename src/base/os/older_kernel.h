#pragma once

/// What the program does if a system call is missing. Linux 3.10 (Enterprise Linux 7) is the oldest
/// supported kernel. A container's filter may also refuse calls that it does not know: Docker's
/// filter answers EPERM before 20.10.10, a kernel answers ENOSYS. Any thread, unless stated.

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/error.h"

namespace hardlink {

/// Calls statx(2), or fstatat(2) if statx is missing: `stx_mask` is then STATX_BASIC_STATS, without
/// the birth time. Takes, returns and sets errno like statx(2).
[[nodiscard]] int statxOrFstatat(int directory, const char* path, int flags, unsigned mask,
                                 struct statx& status);

/// Whether the kernel says when a file was created: fstatat(2) does not.
[[nodiscard]] bool canTellBirths();

/// The number of the mount that the open file `fd` is on, as in /proc/self/mountinfo; unset if no
/// system call says it.
[[nodiscard]] std::optional<std::uint64_t> mountNumber(int fd);

/// Whether two open files are on one mount. Compares their devices if no system call tells mounts
/// apart.
[[nodiscard]] bool areOnOneMount(int a, int b);

/// The names of the missing system calls that the program would use, with spaces between; empty on
/// a current kernel. Without seccomp(2) and Landlock, which the sandbox logs itself.
[[nodiscard]] std::string missingSystemCalls();

/// Makes threads possible if a container's filter answers EPERM to clone3: glibc from 2.34 on falls
/// back to clone only for ENOSYS. Installs a filter that answers ENOSYS, and for that sets
/// no_new_privs; does nothing if clone3 does not answer EPERM. Of two filters with the same action
/// the last installed one decides (seccomp(2)). Must be called before the first thread is started.
/// On failure threads cannot be started, and nothing has changed except no_new_privs.
[[nodiscard]] Result<void> hideClone3IfRefused();

}  // namespace hardlink
