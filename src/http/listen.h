#pragma once

/// Listen addresses in Prometheus's form, made ready for civetweb, whose own form differs and whose
/// errors do not say which address failed.

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

/// Makes this process's sockets that listen on `port` hand over a connection only when its first
/// bytes are here, so that a client that sends nothing occupies no thread; after `seconds` (the
/// kernel rounds up) it is handed over all the same.
void deferAccept(int port, int seconds);

}  // namespace hardlink
