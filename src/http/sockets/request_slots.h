#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace hardlink {

/// How many requests are answered at once. One too many waits a moment for its turn: a client that
/// has its answer may ask again before the thread that sent it has been counted out, so that as
/// many clients as there are slots would be turned away now and then. Every function may be called
/// from any thread.
class RequestSlots {
 public:
  /// No more than `most_waiting` wait, since each of them holds a thread, none longer than
  /// `patience`.
  RequestSlots(unsigned most, unsigned most_waiting, std::chrono::milliseconds patience)
      : free_(most), most_waiting_(most_waiting), patience_(patience) {}

  /// Whether there was a slot; if so, release() gives it back.
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

}  // namespace hardlink
