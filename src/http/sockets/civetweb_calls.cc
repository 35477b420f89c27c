#include "http/sockets/civetweb_calls.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <map>
#include <mutex>

#include "base/error.h"
#include "base/log.h"

namespace hardlink {
namespace {

constexpr int kPauseMilliseconds = 100;

// Held while a connection is accepted. The sockets do not block, so it is never held for long.
std::mutex accepting;
std::map<int, int> given_sockets;  // by civetweb's descriptor

bool isOutOfResources(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/// Logs that descriptors or memory have run out, once, and pauses.
void noteFailure(const Error& error, std::atomic<bool>& short_of) {
  if (!isOutOfResources(error.code)) {
    return;
  }
  if (!short_of.exchange(true)) {
    log::error("clients wait until descriptors or memory are free again",
               {{"error", error.message()}});
  }
  (void)poll(nullptr, 0, kPauseMilliseconds);
}

int familyOf(int socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  (void)getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length);
  return address.ss_family;
}

}  // namespace

std::string listeningPorts(const std::vector<Fd>& sockets, bool tls) {
  std::string ports;
  for (const Fd& socket : sockets) {
    // civetweb compares the family, which a plus sign makes IPv6.
    ports += ports.empty() ? "" : ",";
    ports += familyOf(socket.get()) == AF_INET6 ? "+" : "";
    ports += std::to_string(socket.get()) + (tls ? "s" : "");
  }
  return ports;
}

void stopAccepting(std::vector<Fd> sockets) {
  // civetweb polls the descriptors that it has. A closed one would keep it busy, and an eventfd
  // never has anything to read.
  const Fd silent(eventfd(0, EFD_CLOEXEC));
  const std::lock_guard lock(accepting);
  for (const Fd& socket : sockets) {
    for (const auto& [own, given] : given_sockets) {
      if (given == socket.get()) {
        (void)dup3(silent.get(), own, O_CLOEXEC);
      }
    }
  }
  sockets.clear();
}

}  // namespace hardlink

/// In the place of bind(2): `address` has a descriptor for a port (listeningPorts()). `fd` becomes
/// another descriptor of that socket.
extern "C" int hardlinkBind(int fd, const sockaddr* address, socklen_t /*length*/) {
  // The port is at the same place in the address of IPv6.
  const int given = ntohs(reinterpret_cast<const sockaddr_in*>(address)->sin_port);
  const std::lock_guard lock(hardlink::accepting);
  hardlink::given_sockets[fd] = given;
  return dup3(given, fd, O_CLOEXEC) < 0 ? -1 : 0;
}

/// close(2). It does not hold up accept(2), as closing a connection may take time.
extern "C" int hardlinkClose(int fd) {
  {
    const std::lock_guard lock(hardlink::accepting);
    hardlink::given_sockets.erase(fd);
  }
  return ::close(fd);
}

/// accept(2), but if descriptors or memory have run out, it logs that once and returns after a
/// pause. civetweb calls it again at once after a failure, and a connection that waits would keep
/// one processor busy until descriptors are free again.
extern "C" int hardlinkAccept(int listener, sockaddr* address, socklen_t* length) {
  static std::atomic<bool> short_of{false};
  int fd = -1;
  {
    const std::lock_guard lock(hardlink::accepting);
    fd = ::accept(listener, address, length);
  }
  if (fd >= 0) {
    if (short_of.load(std::memory_order_relaxed) && short_of.exchange(false)) {
      hardlink::log::info("connections are accepted again");
    }
    return fd;
  }
  const hardlink::Error error = hardlink::errnoError("accept a connection");
  hardlink::noteFailure(error, short_of);
  errno = error.code;
  return -1;
}
