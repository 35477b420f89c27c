#pragma once

#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/os/fd.h"
#include "base/os/threads.h"
#include "config/types.h"
#include "daemon/scanner/activity.h"
#include "daemon/scanner/layer_events.h"
#include "daemon/scanner/publisher.h"
#include "daemon/scanner/root_figures.h"
#include "daemon/scanner/root_log.h"
#include "daemon/scanner/schedule.h"
#include "model/report.h"
#include "roots/survey.h"

namespace hardlink {

/// Keeps the figures of one root fresh, in one thread of its own: censuses by the schedule, the
/// watch in between, at the lowest priority (nice 19). A filesystem that hangs holds up this thread
/// and nothing else; it is never given a second one.
///
/// The thread shares ownership of the worker, so that a worker whose thread hangs can be dropped.
/// Every public function may be called from any thread and never touches a filesystem.
class RootWorker : public std::enable_shared_from_this<RootWorker> {
 public:
  /// Called, without locks held, after the root's report has changed; from the worker's thread or
  /// from that of declareTimeout(). Must not wait for anything.
  using Changed = std::function<void(Change)>;

  /// Throws std::system_error where no descriptor is left to wake the thread by.
  RootWorker(RootConfig root, SurveySettings settings, Changed changed);

  /// Makes the thread, which waits for begin(). Throws std::system_error where none is left.
  void start();
  /// Lets the thread begin. `predecessor`, if any, is the worker that had this path before: the
  /// thread does nothing until that one's has ended.
  void begin(std::shared_ptr<RootWorker> predecessor);
  /// Asks the thread to end, also in the middle of a census. Returns at once.
  void requestStop();
  /// Waits for the thread to end, at most until `deadline`; false if it has not.
  [[nodiscard]] bool waitFinished(SteadyTime deadline);

  [[nodiscard]] const RootConfig& root() const { return root_; }
  [[nodiscard]] RootReport report() const;
  void reconfigure(const SurveySettings& settings);

  /// When what the thread is doing right now will have taken too long; unset while it is waiting
  /// or has been declared timed out already.
  [[nodiscard]] std::optional<SteadyTime> deadline() const;
  /// The whole process did not run for this long, which is no fault of what the thread waits for.
  void postponeDeadline(SteadyTime::duration time);
  /// Gives up on what the thread is doing, if its deadline has passed: asks it to stop, and says in
  /// the report that the root is down.
  void declareTimeout(SteadyTime now);

 private:
  void run();
  void awaitBegin();
  /// Runs the census or the watch that is due, or sleeps until one is.
  void runNext(SteadyTime census);
  void giveUp(const std::exception& failure);
  void runCensus();
  void runWatch();
  void waitUntil(SteadyTime time);
  void wake();

  [[nodiscard]] std::stop_token beginActivity(Activity::Kind kind);
  /// False if the activity timed out or was stopped: its result is no longer wanted.
  [[nodiscard]] bool endActivity();
  /// With mutex_ held.
  void finishActivity();
  // What each changes in the report.
  Change recordSuccess(JudgedCensus judged, SystemTime started, double duration_seconds);
  Change recordFailure(const std::string& error, SystemTime started, double duration_seconds);
  Change recordWatch(std::optional<CensusReport> judged, bool is_fresh);
  [[nodiscard]] SurveySettings settings() const;

  const RootConfig root_;
  const Changed changed_;
  Fd wake_;  // an eventfd that ends the thread's sleep
  LayerEvents layer_events_;

  mutable std::mutex mutex_;  // guards everything down to the blank line
  std::condition_variable begun_condition_;
  bool begun_ = false;
  std::shared_ptr<RootWorker> predecessor_;
  SurveySettings settings_;
  RootReport report_;
  Activity activity_;
  Schedule schedule_;

  // The thread's own.
  RootFigures figures_;
  RootLog log_;
  SteadyTime next_watch_;

  std::optional<LeavableThread> thread_;
};

}  // namespace hardlink
