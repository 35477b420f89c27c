#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

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
#include "roots/count_root.h"

namespace hardlink {

/// Keeps the figures of one root fresh, in a thread of its own with the lowest priority (nice 19):
/// it takes censuses by the schedule, and watches in between. A filesystem that hangs holds this
/// thread and nothing else, and never gets a second one.
///
/// The thread shares ownership of the worker, so that a worker whose thread hangs can be dropped.
/// Every public function may be called from any thread and never touches a filesystem.
class RootWorker : public std::enable_shared_from_this<RootWorker> {
 public:
  /// Called, without locks held, after the root's report has changed; from the worker's thread or
  /// from that of declareTimeout(). Must not wait for anything.
  using Changed = std::function<void(Change)>;

  /// Throws std::system_error if no descriptor is left for waking the thread.
  RootWorker(RootConfig root, CensusSettings settings, Changed changed);

  /// Starts the thread, which waits for begin(). Throws std::system_error if no thread can be made.
  void start();
  /// Lets the thread begin. If `predecessor`, the worker that had this path before, is not null,
  /// the thread first waits until the predecessor's thread has ended.
  void begin(std::shared_ptr<RootWorker> predecessor);
  /// Asks the thread to end, also in the middle of a census. Returns at once.
  void requestStop();
  /// Waits for the thread to end, at most until `deadline`; false if it has not.
  [[nodiscard]] bool waitFinished(SteadyTime deadline);

  [[nodiscard]] const RootConfig& root() const { return root_; }
  [[nodiscard]] RootReport report() const;
  void reconfigure(const CensusSettings& settings);

  /// When the census or watch under way will have taken too long; unset while the thread waits, or
  /// if declareTimeout() has ended the activity already.
  [[nodiscard]] std::optional<SteadyTime> deadline() const;
  /// Moves the deadline: the whole process did not run for this long.
  void postponeDeadline(SteadyTime::duration time);
  /// If the deadline has passed, asks the census or watch to stop, and says in the report that the
  /// root is down.
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
  [[nodiscard]] CensusSettings settings() const;

  const RootConfig root_;
  const Changed changed_;
  Fd wake_;  // an eventfd that ends the thread's sleep
  LayerEvents layer_events_;

  mutable std::mutex mutex_;  // guards everything down to the blank line
  std::condition_variable begun_condition_;
  bool begun_ = false;
  std::shared_ptr<RootWorker> predecessor_;
  CensusSettings settings_;
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
