#pragma once

/// What the program does where a system call is missing. Linux 3.10 (Enterprise Linux 7) is the
/// oldest kernel that is meant. A container's filter may also refuse calls that it does not know:
/// Docker's answers EPERM before 20.10.10, a kernel answers ENOSYS. Any thread, if not said.

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/error.h"

namespace hardlink {

/// statx(2), or what fstatat(2) knows of it: then `stx_mask` is STATX_BASIC_STATS, and no birth is
/// there. Arguments, result and errno are those of statx(2).
[[nodiscard]] int statxOrFstatat(int directory, const char* path, int flags, unsigned mask,
                                 struct statx& status);

/// Whether the kernel can tell when a file was made: fstatat(2) cannot.
[[nodiscard]] bool canTellBirths();

/// The number of the mount that the open file `fd` is on, as in /proc/self/mountinfo; nothing
/// where no system call tells it.
[[nodiscard]] std::optional<std::uint64_t> mountNumber(int fd);

/// Whether two open files are on one mount; by their devices where nothing tells mounts apart.
[[nodiscard]] bool areOnOneMount(int a, int b);

/// The system calls that the program would use and cannot, by name, with spaces between; empty on a
/// kernel of today. seccomp(2) and Landlock are not among them: the sandbox has a line of its own.
[[nodiscard]] std::string missingSystemCalls();

/// Makes it possible to start threads where a container's filter answers EPERM to clone3: glibc
/// from 2.34 on falls back to clone only for ENOSYS. If that is so, a filter of our own answers
/// ENOSYS, which also sets no_new_privs; if not, nothing is done. Of two filters with the same
/// action the one that was installed last decides (seccomp(2)). To be called before the first
/// thread is started. On failure threads cannot be started, and nothing has changed except
/// no_new_privs.
[[nodiscard]] Result<void> hideClone3IfRefused();

}  // namespace hardlink
