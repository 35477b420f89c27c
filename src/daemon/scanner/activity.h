#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>

#include "daemon/scanner/schedule.h"

namespace hardlink {

/// What a root's thread is doing, since when, and whether the result is still wanted. Not
/// thread-safe: the worker's mutex guards it.
class Activity {
 public:
  enum class Kind : std::uint8_t { waiting, census, watch };

  /// Returns the token by which requestStop() and timeOut() end the activity early.
  [[nodiscard]] std::stop_token begin(Kind kind, SteadyTime now) {
    kind_ = kind;
    started_ = now;
    timed_out_ = false;
    stop_ = std::stop_source();
    if (stopped_) {
      stop_.request_stop();
    }
    return stop_.get_token();
  }
  void end() { kind_ = Kind::waiting; }
  /// Ends this activity early, and each one that begins later.
  void requestStop() {
    stopped_ = true;
    stop_.request_stop();
  }
  void timeOut() {
    timed_out_ = true;
    stop_.request_stop();
  }
  /// Moves the deadline.
  void postpone(SteadyTime::duration time) { started_ += time; }

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] SteadyTime started() const { return started_; }
  /// Whether requestStop() was called.
  [[nodiscard]] bool isStopped() const { return stopped_; }
  /// False if the activity was stopped or timed out.
  [[nodiscard]] bool isResultWanted() const { return !timed_out_ && !stopped_; }
  /// When the activity will have taken too long; unset while the thread waits, or if the activity
  /// has timed out already.
  [[nodiscard]] std::optional<SteadyTime> deadline(SteadyTime::duration timeout) const {
    return kind_ == Kind::waiting || timed_out_ ? std::nullopt : std::optional(started_ + timeout);
  }

 private:
  Kind kind_ = Kind::waiting;
  SteadyTime started_;
  bool timed_out_ = false;
  bool stopped_ = false;
  std::stop_source stop_;
};

}  // namespace hardlink
