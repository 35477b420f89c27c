#include "http/sockets/client_limits.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdint>
#include <optional>

#include "http/sockets/listen.h"

namespace hardlink {
namespace {

/// Milliseconds since the last byte from the connection `fd`, or since it was made; nothing if its
/// client has ended it.
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

bool RequestSlots::acquire() {
  std::unique_lock lock(mutex_);
  if (free_ == 0) {
    if (waiting_ == most_waiting_) {
      return false;
    }
    ++waiting_;
    const bool released = released_.wait_for(lock, patience_, [this] { return free_ > 0; });
    --waiting_;
    if (!released) {
      return false;
    }
  }
  --free_;
  return true;
}

void RequestSlots::release() {
  {
    const std::lock_guard lock(mutex_);
    ++free_;
  }
  released_.notify_one();
}

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
    return;  // opened() had no memory to note it
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
    // Which ones were cut off is not known. They close first; any other that closes makes room too.
    cut_off_ -= cut_off_ > 0 ? 1 : 0;
  }
  open_.erase(found);
}

void WaitingClients::cutOffLongestSilent() {
  const auto is_ours = [this](int fd) {
    const int peer = peerPort(fd);
    return peer != 0 && std::find(ports_.begin(), ports_.end(), localPort(fd)) != ports_.end() &&
           std::none_of(open_.begin(), open_.end(),
                        [&](const auto& entry) { return entry.second == peer; });
  };
  std::vector<std::pair<std::uint32_t, int>> silent;
  for (const int fd : openDescriptors()) {
    if (const auto milliseconds = is_ours(fd) ? silence(fd) : std::nullopt) {
      silent.emplace_back(*milliseconds, fd);
    }
  }
  // The clock of tcp_info ticks every few milliseconds. Of equal times, the lower descriptor is
  // most likely the older connection.
  std::sort(silent.begin(), silent.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  silent.resize(std::min(silent.size(), std::max<std::size_t>(1, most_ / 4)));
  for (const auto& [milliseconds, fd] : silent) {
    // The thread that reads from it sees the end, answers with an error and closes. If the number
    // belongs to another connection by now, what that client has sent already can still be read.
    shutdown(fd, SHUT_RD);
  }
  cut_off_ += silent.size();
}

}  // namespace hardlink
