#pragma once

#include <atomic>
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
#include "config/types.h"
#include "daemon/scanner/layer_events.h"
#include "daemon/scanner/pace.h"
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
  /// What tells one root directory from another at the same path.
  struct Identity {
    std::string mountpoint;  // empty where not known
    dev_t device = 0;
    std::uint64_t inode = 0;

    /// A mountpoint that is not known is no difference.
    [[nodiscard]] bool matches(const Identity& other) const;
  };

  enum class Activity : std::uint8_t { waiting, census, watch };

  void run();
  void awaitBegin();
  void doWhatIsDue(SteadyTime census);
  void giveUp(const std::exception& failure);
  void runCensus();
  void runWatch();
  void waitUntil(SteadyTime time);
  void wake();

  [[nodiscard]] std::stop_token beginActivity(Activity activity);
  /// False if the activity was declared timed out: its result is no longer wanted.
  [[nodiscard]] bool endActivity();
  [[nodiscard]] Result<Survey> survey(const SurveySettings& settings, const std::stop_token& stop);
  [[nodiscard]] std::optional<std::string> identityProblem(const Identity& now);
  /// What this and the next change in the report.
  Change recordSuccess(Survey survey, SystemTime started, double duration_seconds);
  /// Says what kind of tree the root is and why, unless that has been said already.
  void logLayout(const CensusReport& census);
  /// Warns that the configured link limit does not hold, unless that has been said already.
  void logRefusedLimit(const FilesystemReport& filesystem);
  /// Warns of what Docker's files lack, unless that has been said already.
  void logImageProblems();
  /// Reads what the filesystem has left, and Docker's files if they have changed. The counts judged
  /// by these; nothing if they are as before.
  [[nodiscard]] std::optional<CensusReport> judgeAgain();
  [[nodiscard]] bool hasSomethingToWatch() const;
  [[nodiscard]] bool hasNews(const LinksNow& now) const;
  Change recordFailure(const std::string& error, SystemTime started, double duration_seconds);
  [[nodiscard]] SurveySettings settings() const;

  const RootConfig root_;
  const Changed changed_;
  Fd wake_;  // an eventfd that ends the thread's sleep
  LayerEvents layer_events_;

  mutable std::mutex mutex_;  // guards everything down to the blank line
  std::condition_variable finished_condition_;
  std::condition_variable begun_condition_;
  bool finished_ = true;
  bool begun_ = false;
  std::shared_ptr<RootWorker> predecessor_;
  bool stop_requested_ = false;
  SurveySettings settings_;
  RootReport report_;
  Activity activity_ = Activity::waiting;
  SteadyTime activity_started_;
  bool timed_out_ = false;
  std::stop_source activity_stop_;
  Schedule schedule_;

  // The thread's own.
  CensusTaker taker_;
  std::optional<Identity> identity_;
  std::vector<HotInode> hot_inodes_;
  std::uint64_t unwatched_links_ = 0;
  SteadyTime next_watch_;
  /// The last census that succeeded, to be judged again when images come or go, or there is more or
  /// less left of the filesystem. Keeping it costs less than 1 KB for each layer, and 100 bytes for
  /// each layer of each image and container.
  std::optional<Census> census_;
  /// What the watch has last read since that census.
  std::optional<LinksNow> fresh_links_;
  std::vector<std::string> said_problems_;
  std::string said_layout_;  // the reason for the layout
  std::string said_limit_;   // the warning that the configured link limit does not hold
  std::string said_error_;   // of the last census, if that failed
};

}  // namespace hardlink
