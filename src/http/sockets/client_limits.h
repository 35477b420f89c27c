#pragma once

/// How many clients are served at once, and how many may be slow. Every function may be called from
/// any thread.

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <vector>

namespace hardlink {

/// How many requests are answered at once. A request beyond that waits a moment for its turn: a
/// client that has its answer may ask again before the thread that sent the answer has released its
/// slot. Without the wait, as many clients as there are slots would be turned away now and then.
class RequestSlots {
 public:
  /// At most `most_waiting` requests wait, because each of them holds a thread, and none waits
  /// longer than `patience`.
  RequestSlots(unsigned most, unsigned most_waiting, std::chrono::milliseconds patience)
      : free_(most), most_waiting_(most_waiting), patience_(patience) {}

  /// Takes a slot, which release() gives back; false if there is none.
  [[nodiscard]] bool acquire();
  void release();

 private:
  std::mutex mutex_;  // guards what follows
  std::condition_variable released_;
  unsigned free_;
  unsigned waiting_ = 0;
  const unsigned most_waiting_;
  const std::chrono::milliseconds patience_;
};

/// The connections whose request has not arrived in full. Each holds a thread of the server, so
/// their number is limited. If there is one too many, those that have been silent longest are cut
/// off, a quarter of them at a time. So a complete request finds a thread, however many clients are
/// slow.
class WaitingClients {
 public:
  explicit WaitingClients(std::size_t most) : most_(most) {}

  /// The ports that the server listens on. Connections to other ports are left alone, and none is
  /// cut off before this is called.
  void setPorts(std::vector<int> ports);

  /// A thread begins to wait for the client of `connection`, a pointer that is only compared. A
  /// second call for the same connection, after its TLS handshake, changes nothing.
  void opened(const void* connection);
  /// The request of `connection` is complete; `peer_port` is the client's port.
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
  /// The open connections, with the client's port if the request is complete, otherwise 0.
  std::map<const void*, int> open_;
};

}  // namespace hardlink
