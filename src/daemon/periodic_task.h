#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace hardlink {

/// Calls a function again and again on a thread of its own.
class PeriodicTask {
 public:
  /// The first call comes after one `interval`. `task` must not throw.
  PeriodicTask(std::chrono::milliseconds interval, std::function<void()> task);
  PeriodicTask(const PeriodicTask&) = delete;
  PeriodicTask& operator=(const PeriodicTask&) = delete;
  /// Waits for a call that is under way.
  ~PeriodicTask();

  /// No more calls; whether the last one has ended within `patience`. If not, something holds the
  /// thread, and only the end of the process can end it.
  [[nodiscard]] bool stop(std::chrono::milliseconds patience);

 private:
  void run();
  void runOnce();

  const std::chrono::milliseconds interval_;
  const std::function<void()> task_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  bool stopping_ = false;
  bool stopped_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace hardlink
