// Stands in for accept(2) in civetweb (cmake/Civetweb.cmake), whose loop asks again at once when it
// fails: where the process has no descriptor left, a connection that waits would keep one processor
// busy for as long as that lasts.

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

/// As accept(2), but where a connection waits and there is nothing to take it with, it returns only
/// after a pause, and says so once.
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
