// Replaces accept(2) in civetweb (cmake/Civetweb.cmake). civetweb's loop calls accept again at once
// after a failure. Without descriptors, a connection that waits would keep one processor busy until
// descriptors are free again.

#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <cerrno>

#include "base/error.h"
#include "base/log.h"

namespace hardlink {
namespace {

constexpr int kPauseMilliseconds = 100;

bool isOutOfResources(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace
}  // namespace hardlink

/// accept(2), but if descriptors or memory have run out, it logs that once and returns after a
/// pause.
extern "C" int hardlinkAccept(int listener, sockaddr* address, socklen_t* length) {
  static std::atomic<bool> short_of{false};
  const int fd = ::accept(listener, address, length);
  if (fd >= 0) {
    if (short_of.load(std::memory_order_relaxed) && short_of.exchange(false)) {
      hardlink::log::info("connections are accepted again");
    }
    return fd;
  }
  const hardlink::Error error = hardlink::errnoError("accept a connection");
  if (hardlink::isOutOfResources(error.code)) {
    if (!short_of.exchange(true)) {
      hardlink::log::error("clients wait until descriptors or memory are free again",
                           {{"error", error.message()}});
    }
    (void)poll(nullptr, 0, hardlink::kPauseMilliseconds);
  }
  errno = error.code;
  return -1;
}
