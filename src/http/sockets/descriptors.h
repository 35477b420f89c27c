#pragma once

/// This process's sockets. civetweb does not give out the descriptors of its sockets, so they are
/// searched for among all of the process. Any thread.

#include <vector>

namespace hardlink {

/// The numbers of all open descriptors. Another thread may open or close some meanwhile.
[[nodiscard]] std::vector<int> openDescriptors();

/// The port at this process's end, or at the other end, of the internet socket `fd`; 0 if there is
/// none.
[[nodiscard]] int localPort(int fd);
[[nodiscard]] int peerPort(int fd);

}  // namespace hardlink
