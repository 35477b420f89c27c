#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

namespace hardlink {

/// The connections whose request has not arrived in full. Each holds a thread of the server, so
/// there is a most; one more, and those that have been silent longest are cut off, a quarter at a
/// time. So however many clients dawdle, a request that is complete finds a thread. Every function
/// may be called from any thread.
class WaitingClients {
 public:
  explicit WaitingClients(std::size_t most) : most_(most) {}

  /// The ports that the server listens on: connections to others are left alone, and none is cut
  /// off before this is called.
  void setPorts(std::vector<int> ports);

  /// A thread begins to wait for the client of `connection`, which only serves as a name here; of
  /// one that is known already (its TLS handshake came first) nothing changes.
  void opened(const void* connection);
  /// The request of `connection` is complete; the port is the client's.
  void complete(const void* connection, int peer_port);
  /// `connection` is about to be closed.
  void closing(const void* connection);

 private:
  void cutOffLongestSilent();

  const std::size_t most_;
  std::mutex mutex_;  // guards what follows
  std::vector<int> ports_;
  std::size_t waiting_ = 0;
  std::size_t cut_off_ = 0;  // of those waiting: about to be closed
  /// What is open, and the client's port where its request is complete, else 0.
  std::map<const void*, int> open_;
};

}  // namespace hardlink
