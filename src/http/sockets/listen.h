#pragma once

/// Sockets that listen, and this process's connections. civetweb does not give out the descriptors
/// of its connections, so they are searched for among all of the process. Any thread.

#include <chrono>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/os/fd.h"

namespace hardlink {

/// Listens on `addresses`, each `:PORT`, `HOST:PORT` or `[v6]:PORT`. `:PORT` means every address of
/// IPv6 and IPv4, or of IPv4 alone if the system has no IPv6. A HOST means its first IPv4 address,
/// or its first address if it has no IPv4. The error is about the first address that cannot be
/// bound ("listen on :10065: Address already in use").
[[nodiscard]] Result<std::vector<Fd>> listenOn(const std::vector<std::string>& addresses);

/// Checks that each of `sockets`, which another process has opened, is a TCP socket that listens,
/// and keeps accept(2) from blocking on it. The error names the first that is not ("listen on
/// descriptor 3: expected a TCP socket that listens, got a Unix socket").
[[nodiscard]] Result<void> adoptSockets(const std::vector<Fd>& sockets);

/// What the kernel does about slow clients, so that they hold no thread.
struct DawdlingClients {
  /// accept(2) returns a connection when its first bytes have arrived, or after this time (the
  /// kernel rounds up).
  std::chrono::seconds defer_accept;
  /// How much of an answer the kernel buffers; it lowers this to net.core.wmem_max.
  int send_buffer_bytes;
  /// A connection is dropped if its client acknowledges nothing for this long, even after it was
  /// closed on this side.
  std::chrono::milliseconds unread_timeout;
};

/// Applies `clients` to all connections that any process accepts from `socket` from now on.
void leaveToKernel(int socket, const DawdlingClients& clients);

/// The address of `socket` as listenOn() takes it; without the host if it is every address.
[[nodiscard]] std::string addressOf(int socket);

/// The numbers of all open descriptors. Another thread may open or close some meanwhile.
[[nodiscard]] std::vector<int> openDescriptors();

/// The port at this process's end, or at the other end, of the internet socket `fd`; 0 if there is
/// none.
[[nodiscard]] int localPort(int fd);
[[nodiscard]] int peerPort(int fd);

/// Whether a client is connected to one of `ports` of this process.
[[nodiscard]] bool hasConnection(const std::vector<int>& ports);

}  // namespace hardlink
