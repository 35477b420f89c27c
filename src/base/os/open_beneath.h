#pragma once

#include "base/os/fd.h"

namespace hardlink {

/// How far a path may lead.
struct Reach {
  bool symlinks = false;  ///< symlinks that stay below the directory are followed
  bool mounts = false;    ///< other mounts are entered
};

/// Opens `path` with `flags` (open(2); neither O_CREAT nor O_PATH) if it lies below the open
/// `directory` and within `reach`. A path that leads out of `directory` or onto another mount (bind
/// mounts of the same filesystem included) fails with EXDEV, a symlink that is not followed with
/// ELOOP. Calls openat2(2). If that is missing, opens one component after the other, with the same
/// results; but if no system call tells mounts apart (base/os/older_kernel.h), a bind mount of the
/// same filesystem is not noticed. Returns an invalid Fd and sets `error` on failure. Any thread.
[[nodiscard]] Fd openBeneath(int directory, const char* path, int flags, Reach reach, int& error);

}  // namespace hardlink
