#include "base/os/fd.h"

#include <unistd.h>

namespace hardlink {

void Fd::reset(int fd) noexcept {
  if (fd_ >= 0) {
    // Never retried: Linux has released the descriptor even where close() reports EINTR.
    ::close(fd_);
  }
  fd_ = fd;
}

}  // namespace hardlink
