#pragma once

/// When the next report is published, and the thread that does it.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "daemon/scanner/schedule.h"

namespace hardlink {

/// What has changed in a root's report: figures that people and alerts use, or only the times and
/// counts of its censuses.
enum class Change : std::uint8_t { figures, times };

/// When the next report is due. Pure: the caller brings the time. The first change of figures is
/// published at once, and those that follow it together, a few times a second at most. Changes of
/// times wait for one another. Both wait longer where a publication is expensive, so that what
/// publications take of a processor is bounded whatever the number of roots. Not thread-safe.
class Pace {
 public:
  void changed(Change change, SteadyTime now);
  /// A publication that took `cost` has ended. It contains all changes up to the last taken().
  void published(SteadyTime now, SteadyTime::duration cost);
  /// A publication begins that contains all changes up to now.
  void taken();

  /// When the next publication is due; unset if nothing has changed.
  [[nodiscard]] std::optional<SteadyTime> due() const;

  /// Between two publications, and how long a change of times waits for others.
  static constexpr std::chrono::milliseconds kLeastPause{250};
  /// No change of times waits longer, whatever a publication costs.
  static constexpr std::chrono::seconds kLongestPause{30};
  /// The pause after a publication, as a multiple of its cost.
  static constexpr int kFiguresPause = 4;
  static constexpr int kTimesPause = 100;

 private:
  std::optional<SteadyTime> figures_;  // when they first changed since the last publication began
  std::optional<SteadyTime> times_;
  SteadyTime figures_after_;  // no publication of them before
  SteadyTime times_after_;
};

/// Publishes changes at the pace of Pace, on a thread of its own. That thread runs at the priority
/// of the thread that made it: a worker's nice 19 would hold up a shutdown on a busy machine.
/// Public functions may be called from any thread, but not from within `publish`.
class Publisher {
 public:
  /// `publish` takes the reports and renders them; it is called by one thread at a time.
  explicit Publisher(std::function<void()> publish);
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;
  ~Publisher() { stop(); }

  /// Returns at once: never waits for a publication.
  void changed(Change change);
  /// Publishes in the calling thread, whatever the pace says. Nothing once stopped.
  void publishNow();
  /// Waits for a publication that is under way; none follows.
  void stop();

 private:
  void run();

  const std::function<void()> publish_;
  std::mutex publishing_;  // held while publish_ runs; taken before mutex_
  std::mutex mutex_;       // guards what follows
  std::condition_variable wakeup_;
  Pace pace_;
  bool stopped_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace hardlink
