#include "http/sockets/waiting_clients.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdint>
#include <optional>

#include "http/sockets/descriptors.h"

namespace hardlink {
namespace {

using NameCall = int (*)(int, sockaddr*, socklen_t*);

/// The port at the end of the connection `fd` that `name` (getpeername, getsockname) tells; 0 if
/// there is none.
int portAt(int fd, NameCall name) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (name(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    return 0;
  }
  if (address.ss_family == AF_INET) {
    return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
  }
  return address.ss_family == AF_INET6
             ? ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port)
             : 0;
}

/// Milliseconds since the connection `fd` brought a byte, or was made; nothing if no more can come.
std::optional<std::uint32_t> silence(int fd) {
  pollfd ended{fd, POLLRDHUP, 0};
  tcp_info info{};
  socklen_t length = sizeof info;
  if (poll(&ended, 1, 0) != 0 || getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0) {
    return std::nullopt;
  }
  return info.tcpi_last_data_recv;
}

}  // namespace

void WaitingClients::setPorts(std::vector<int> ports) {
  const std::lock_guard lock(mutex_);
  ports_ = std::move(ports);
}

void WaitingClients::opened(const void* connection) {
  const std::lock_guard lock(mutex_);
  if (!open_.emplace(connection, 0).second) {
    return;
  }
  ++waiting_;
  if (waiting_ > most_ + cut_off_) {
    cutOffLongestSilent();
  }
}

void WaitingClients::complete(const void* connection, int peer_port) {
  const std::lock_guard lock(mutex_);
  const auto found = open_.find(connection);
  if (found == open_.end()) {
    return;  // there was no memory to note it
  }
  found->second = peer_port;
  --waiting_;
}

void WaitingClients::closing(const void* connection) {
  const std::lock_guard lock(mutex_);
  const auto found = open_.find(connection);
  if (found == open_.end()) {
    return;
  }
  if (found->second == 0) {
    --waiting_;
    // Which ones were cut off is not known; they are the first to go, or make room all the same.
    cut_off_ -= cut_off_ > 0 ? 1 : 0;
  }
  open_.erase(found);
}

void WaitingClients::cutOffLongestSilent() {
  const auto is_ours = [this](int fd) {
    const int peer = portAt(fd, &getpeername);
    return peer != 0 &&
           std::find(ports_.begin(), ports_.end(), portAt(fd, &getsockname)) != ports_.end() &&
           std::none_of(open_.begin(), open_.end(),
                        [&](const auto& entry) { return entry.second == peer; });
  };
  std::vector<std::pair<std::uint32_t, int>> silent;
  for (const int fd : openDescriptors()) {
    if (const auto milliseconds = is_ours(fd) ? silence(fd) : std::nullopt) {
      silent.emplace_back(*milliseconds, fd);
    }
  }
  // The clock of tcp_info ticks every few milliseconds. Of those that are equal in it, the ones
  // with the lower numbers are most likely the older.
  std::sort(silent.begin(), silent.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  silent.resize(std::min(silent.size(), std::max<std::size_t>(1, most_ / 4)));
  for (const auto& [milliseconds, fd] : silent) {
    // The thread that reads from it sees the end, answers with an error and closes. Should the
    // number be another connection's by now: what that one has sent already can still be read.
    shutdown(fd, SHUT_RD);
  }
  cut_off_ += silent.size();
}

}  // namespace hardlink
