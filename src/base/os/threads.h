#pragma once

/// Threads that share work, a thread that can be left behind, and the number and the limits of
/// threads.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "base/error.h"

namespace hardlink {

/// A thread that a filesystem or a server may block for ever. Its owner waits for it until a
/// deadline; a thread that has not ended then can only be left, with leave() or by the end of the
/// process. Signals are blocked in it: the main thread handles them. Any thread may call
/// requestStop(), waitFor() and waitUntil(); only the owner's thread may call the other functions.
class LeavableThread {
 public:
  /// An exception that leaves the task ends the process, as in std::thread.
  using Task = std::function<void(const std::stop_token&)>;

  /// Starts the thread. Throws std::system_error if no thread can be made.
  explicit LeavableThread(Task task);
  LeavableThread(const LeavableThread&) = delete;
  LeavableThread& operator=(const LeavableThread&) = delete;
  /// Requests a stop and waits for the thread, for ever if need be, unless leave() was called.
  ~LeavableThread();

  /// Asks the task to end early; it ends when it next checks its token. Returns at once.
  void requestStop();
  /// Whether the task has ended and been destroyed, at the latest after `patience`.
  [[nodiscard]] bool waitFor(std::chrono::milliseconds patience);
  /// The same with a deadline; time_point::max() waits until the task has ended.
  [[nodiscard]] bool waitUntil(std::chrono::steady_clock::time_point deadline);
  /// After this call the destructor does not wait, and the task must own everything that it uses.
  void leave();

 private:
  struct State;

  std::shared_ptr<State> state_;
  std::thread thread_;
};

/// Sleeps for `time`. Returns false, at once, when a stop is requested.
[[nodiscard]] bool sleepFor(std::chrono::nanoseconds time, const std::stop_token& stop);

/// Requests a stop when a time is over, or when `outer` requests one. If no thread can be made, the
/// time never ends: the limited work takes longer, and its result is still right.
class Alarm {
 public:
  explicit Alarm(std::chrono::nanoseconds after, const std::stop_token& outer = {});

  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

 private:
  std::stop_source source_;
  std::stop_callback<std::function<void()>> forward_;
  std::jthread thread_;
};

/// The number of threads of this process; unset if /proc does not say.
[[nodiscard]] std::optional<std::size_t> threadCount();

/// Starts a thread and ends it; false if none can be made.
[[nodiscard]] bool canMakeThread();

/// The limits on threads that this process can see, each with the settings that raise it. The paths
/// of /proc and /sys begin with `root`.
[[nodiscard]] std::string threadLimits(const std::string& root = "");

/// The error for a thread that could not be made. It says how many threads there are, how many this
/// process `needed` in all (0 if that is not known), and what limits them.
[[nodiscard]] Error threadShortage(std::size_t needed = 0);

/// The message of `failure`, or of threadShortage() if std::thread could make no thread.
[[nodiscard]] std::string reasonOf(const std::exception& failure);

/// Runs `work()` in the calling thread and `threads - 1` others, or as many as the system gives,
/// and waits for all of them. What one of them throws is thrown here then.
template <class Work>
void inThreads(std::size_t threads, const Work& work) {
  std::mutex mutex;
  std::exception_ptr thrown;
  const auto guarded = [&]() noexcept {
    try {
      work();
    } catch (...) {
      const std::lock_guard lock(mutex);
      thrown = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> others;
    others.reserve(threads);
    try {
      for (std::size_t i = 1; i < threads; ++i) {
        others.emplace_back(guarded);
      }
    } catch (const std::system_error&) {
      // No more threads to be had: those there are do the work.
    }
    guarded();
  }
  if (thrown) {
    std::rethrow_exception(thrown);
  }
}

/// Calls `visit(i)` once for each i below `count`, in up to `threads` threads, which take the next
/// one as they get to it. A thread stops taking when `visit` returns false.
template <class Visit>
void forEachInThreads(std::size_t count, std::size_t threads, const Visit& visit) {
  std::atomic<std::size_t> next{0};
  inThreads(std::min(threads, count), [&] {
    for (std::size_t i = next.fetch_add(1, std::memory_order_relaxed); i < count;
         i = next.fetch_add(1, std::memory_order_relaxed)) {
      if (!visit(i)) {
        return;
      }
    }
  });
}

}  // namespace hardlink
