#pragma once

/// Translates listen addresses from Prometheus's form into civetweb's, and checks each one first,
/// because civetweb's errors do not say which address failed.

/// This process's sockets. civetweb does not give out the descriptors of its sockets, so they are
/// searched for among all of the process. Any thread.

#include <chrono>
#include <string>
#include <vector>

#include "base/error.h"

namespace hardlink {

/// civetweb's `listening_ports` for `addresses`, each `:PORT`, `HOST:PORT` or `[v6]:PORT`. `:PORT`
/// means every address of IPv6 and IPv4, or of IPv4 alone if the system has no IPv6. A HOST means
/// its first IPv4 address, or its first address if it has no IPv4. Each address is bound once as a
/// test, and released. With `tls`, the ports accept TLS only. The error is about the first address
/// that cannot be bound ("listen on :10065: Address already in use").
[[nodiscard]] Result<std::string> listeningPorts(const std::vector<std::string>& addresses,
                                                 bool tls = false);

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

/// Applies `clients` to all connections that this process accepts on `port`.
void leaveToKernel(int port, const DawdlingClients& clients);

/// The numbers of all open descriptors. Another thread may open or close some meanwhile.
[[nodiscard]] std::vector<int> openDescriptors();

/// The port at this process's end, or at the other end, of the internet socket `fd`; 0 if there is
/// none.
[[nodiscard]] int localPort(int fd);
[[nodiscard]] int peerPort(int fd);

}  // namespace hardlink
