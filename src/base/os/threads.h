#pragma once

/// A thread that may have to be left, and how many threads there are and may be.

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "base/error.h"

namespace hardlink {

/// A thread that a filesystem or a server may hold for ever. Its owner waits for it until a
/// deadline; a thread that has not ended then can only be left, with leave() or by the end of the
/// process. Signals are blocked in it: they are for the main thread. The owner's functions are for
/// one thread; requestStop(), waitFor() and waitUntil() are for any.
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

  /// Asks the task to end early; it ends when it looks at its token. Returns at once.
  void requestStop();
  /// Whether the task has ended and been destroyed, at the latest after `patience`.
  [[nodiscard]] bool waitFor(std::chrono::milliseconds patience);
  /// The same with a deadline; time_point::max() waits until the task has ended.
  [[nodiscard]] bool waitUntil(std::chrono::steady_clock::time_point deadline);
  /// The destructor does not wait. From here on the task must own everything that it uses.
  void leave();

 private:
  struct State;

  std::shared_ptr<State> state_;
  std::thread thread_;
};

/// Sleeps for `time`; false, and at once, when a stop is requested.
[[nodiscard]] bool sleepFor(std::chrono::nanoseconds time, const std::stop_token& stop);

/// Requests a stop of its own when a time is over or `outer` is requested. Where no thread can be
/// made the time does not end: what it bounds takes longer, and is right all the same.
class Alarm {
 public:
  explicit Alarm(std::chrono::nanoseconds after, const std::stop_token& outer = {});

  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

 private:
  std::stop_source source_;
  std::stop_callback<std::function<void()>> forward_;
  std::jthread thread_;
};

/// The number of threads of this process; unset if /proc does not tell.
[[nodiscard]] std::optional<std::size_t> threadCount();

/// Starts a thread and ends it; false if none can be made.
[[nodiscard]] bool canMakeThread();

/// The limits on threads that this process can see, each with the settings that raise it. `root`
/// stands for the root directory, where /proc and /sys are.
[[nodiscard]] std::string threadLimits(const std::string& root = "");

/// The error of a thread that could not be made: how many there are, how many this process
/// `needed` in all (0 if that is not known), and what limits them.
[[nodiscard]] Error threadShortage(std::size_t needed = 0);

/// The message of `failure`, or of threadShortage() if std::thread could make no thread.
[[nodiscard]] std::string reasonOf(const std::exception& failure);

}  // namespace hardlink
