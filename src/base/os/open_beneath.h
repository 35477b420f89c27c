#pragma once

#include "base/os/fd.h"

namespace hardlink {

/// How far a path may lead.
struct Reach {
  bool symlinks = false;  ///< symlinks that stay below the directory are followed
  bool mounts = false;    ///< other mounts are entered
};

/// Opens `path` with `flags` (open(2); neither O_CREAT nor O_PATH) if it lies below the open
/// `directory` and within `reach`. Otherwise fails: EXDEV for a path that leads out of `directory`
/// or onto another mount, bind mounts of the same filesystem included, ELOOP for a symlink that is
/// not followed. By openat2(2); where that is missing, component by component with the same
/// answers, save that a bind mount of the same filesystem is not noticed where no call tells mounts
/// apart (base/os/older_kernel.h). Returns an invalid Fd and sets `error` on failure. Any thread.
[[nodiscard]] Fd openBeneath(int directory, const char* path, int flags, Reach reach, int& error);

}  // namespace hardlink
