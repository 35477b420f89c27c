#pragma once

/// The calls between civetweb and the kernel's sockets. civetweb opens and binds its own sockets,
/// and does not give out their descriptors. It is built to call this file's bind, accept and
/// close instead of the kernel's (cmake/Civetweb.cmake), so it serves sockets that listen already.

#include <string>
#include <vector>

#include "base/os/fd.h"

namespace hardlink {

/// civetweb's `listening_ports` for `sockets`, which must stay open until civetweb has started.
/// Each descriptor stands in the place of a port. With `tls`, the sockets accept TLS only.
[[nodiscard]] std::string listeningPorts(const std::vector<Fd>& sockets, bool tls);

/// Closes `sockets`, and civetweb's descriptors of them, so that civetweb accepts no more
/// connections. Those that it has accepted stay open, and the call returns only when each of them
/// has a descriptor. If another process has a socket too, such as the service manager, the
/// connections that wait in the kernel stay there for the next process that accepts. Any thread.
void stopAccepting(std::vector<Fd> sockets);

}  // namespace hardlink
