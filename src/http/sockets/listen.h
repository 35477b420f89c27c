#pragma once

/// Listen addresses in Prometheus's form, made ready for civetweb, whose own form differs and whose
/// errors do not say which address failed.

#include <chrono>
#include <string>
#include <vector>

#include "base/error.h"

namespace hardlink {

/// civetweb's `listening_ports` for `addresses`, each `:PORT`, `HOST:PORT` or `[v6]:PORT`. `:PORT`
/// is every address of IPv6 and IPv4, or of IPv4 alone where the system has no IPv6; a HOST is its
/// first IPv4 address, else its first. Each address is bound once, and released, to see that it can
/// be; with `tls` they speak nothing else. The error is that of the first that cannot ("listen on
/// :10065: Address already in use").
[[nodiscard]] Result<std::string> listeningPorts(const std::vector<std::string>& addresses,
                                                 bool tls = false);

/// What the kernel does about clients that dawdle, in place of a thread.
struct DawdlingClients {
  /// A connection is handed over only when its first bytes are here, or after this long (the kernel
  /// rounds up).
  std::chrono::seconds defer_accept;
  /// How much of an answer the kernel takes at once; it lowers this to net.core.wmem_max.
  int send_buffer_bytes;
  /// A connection whose client takes none of what has been sent for this long is dropped, also
  /// after it was closed here.
  std::chrono::milliseconds unread_timeout;
};

/// Sets this for all connections that come in by this process's sockets that listen on `port`.
void leaveToKernel(int port, const DawdlingClients& clients);

}  // namespace hardlink
