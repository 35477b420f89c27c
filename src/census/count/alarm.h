#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <system_error>
#include <thread>

namespace hardlink {

/// Requests a stop of its own when a time is over or `outer` is requested. Where no thread can be
/// made the time does not end: what it bounds takes longer, and is right all the same.
class Alarm {
 public:
  explicit Alarm(std::chrono::nanoseconds after, const std::stop_token& outer = {})
      : forward_(outer, [this] { source_.request_stop(); }) {
    try {
      thread_ = std::jthread(
          [this, after](const std::stop_token& cancelled) { sleep(after, cancelled); });
    } catch (const std::system_error&) {
      // No thread is left.
    }
  }

  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

 private:
  void sleep(std::chrono::nanoseconds time, const std::stop_token& cancelled) {
    std::mutex mutex;
    std::condition_variable_any wakeup;
    std::unique_lock lock(mutex);
    wakeup.wait_for(lock, cancelled, time, [] { return false; });
    if (!cancelled.stop_requested()) {
      source_.request_stop();
    }
  }

  std::stop_source source_;
  std::stop_callback<std::function<void()>> forward_;
  std::jthread thread_;
};

}  // namespace hardlink
