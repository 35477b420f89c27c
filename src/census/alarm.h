#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

namespace hardlink {

/// Requests a stop of its own when a time is over or `outer` is requested.
class Alarm {
 public:
  explicit Alarm(std::chrono::nanoseconds after, const std::stop_token& outer = {})
      : forward_(outer, [this] { source_.request_stop(); }),
        thread_([this, after](const std::stop_token& cancelled) {
          std::mutex mutex;
          std::condition_variable_any wakeup;
          std::unique_lock lock(mutex);
          wakeup.wait_for(lock, cancelled, after, [] { return false; });
          if (!cancelled.stop_requested()) {
            source_.request_stop();
          }
        }) {}

  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

 private:
  std::stop_source source_;
  std::stop_callback<std::function<void()>> forward_;
  std::jthread thread_;
};

}  // namespace hardlink
