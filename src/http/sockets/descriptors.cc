#include "http/sockets/listen.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>

#include "base/text.h"

namespace hardlink {
namespace {

/// The port in the address that `get_name` (getpeername, getsockname) gives for `fd`.
int portAt(int fd, int (*get_name)(int, sockaddr*, socklen_t*)) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (get_name(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    return 0;
  }
  if (address.ss_family == AF_INET) {
    return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
  }
  return address.ss_family == AF_INET6
             ? ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port)
             : 0;
}

}  // namespace

std::vector<int> openDescriptors() {
  std::vector<int> descriptors;
  std::error_code error;
  std::filesystem::directory_iterator entries("/proc/self/fd", error);
  for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    const std::string name = entries->path().filename();
    descriptors.push_back(parseWhole<int>(name).value_or(-1));
  }
  return descriptors;
}

int localPort(int fd) { return portAt(fd, &getsockname); }

int peerPort(int fd) { return portAt(fd, &getpeername); }

bool hasConnection(const std::vector<int>& ports) {
  const std::vector<int> open = openDescriptors();
  return std::any_of(open.begin(), open.end(), [&ports](int fd) {
    return std::find(ports.begin(), ports.end(), localPort(fd)) != ports.end() && peerPort(fd) != 0;
  });
}

}  // namespace hardlink
