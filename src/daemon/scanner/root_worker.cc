#include "daemon/scanner/root_worker.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <thread>
#include <utility>

#include "base/log.h"
#include "report/judge.h"

namespace hardlink {
namespace {

using Clock = std::chrono::steady_clock;

double secondsBetween(SteadyTime begin, SteadyTime end) {
  return std::chrono::duration<double>(end - begin).count();
}

std::vector<KnownPath> representatives(const std::vector<HotInode>& hot_inodes) {
  std::vector<KnownPath> known;
  for (const HotInode& hot : hot_inodes) {
    if (!hot.paths.empty()) {
      known.push_back({hot.inode, hot.paths.front()});
    }
  }
  return known;
}

std::string orUnknown(const std::optional<std::uint64_t>& figure) {
  return figure ? std::to_string(*figure) : "unknown";
}

std::vector<FreshLinks> freshLinks(const LinksNow& now) {
  std::vector<FreshLinks> fresh;
  for (const RereadLinks& entry : now.links) {
    fresh.push_back({entry.inode, entry.links});
  }
  return fresh;
}

/// Has the calling thread, and those that it starts, run after whoever answers scrapes, and after
/// the node's own work. Not SCHED_IDLE: that would hold a directory's lock for as long as others
/// keep the processor busy.
void letOthersRunFirst() {
  constexpr int kLowest = 19;
  constexpr id_t kThisThread = 0;
  (void)setpriority(PRIO_PROCESS, kThisThread, kLowest);
}

void logCensus(const std::string& root, const CensusReport& census, double duration_seconds) {
  log::info("census finished", {{"root", root},
                                {"layout", census.layout},
                                {"engine", census.engine},
                                {"engine_reason", census.engine_reason},
                                {"fstype", census.filesystem.type},
                                {"link_limit", orUnknown(census.filesystem.link_limit)},
                                {"limit_source", census.filesystem.link_limit_source},
                                {"max_links", census.max_links},
                                {"extractions_remaining", orUnknown(census.extractions_remaining)},
                                {"layers", census.layers},
                                {"inodes", census.inodes},
                                {"names", census.names},
                                {"duration_seconds", duration_seconds}});
  const CensusErrors& errors = census.errors;
  if (!census.complete) {
    log::warn("census incomplete: some directories could not be read",
              {{"root", root},
               {"directories", errors.unread_directories},
               {"permission", errors[CensusErrorReason::permission]},
               {"io", errors[CensusErrorReason::io]},
               {"example", errors.example}});
  }
}

}  // namespace

RootWorker::RootWorker(RootConfig root, SurveySettings settings, Changed changed)
    : root_(std::move(root)),
      changed_(std::move(changed)),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      settings_(std::move(settings)),
      schedule_(settings_.scan, Clock::now()) {
  if (!wake_.valid()) {
    throw std::system_error(errno, std::generic_category(), "eventfd");
  }
  report_.name = root_.name;
  report_.path = root_.path;
}

void RootWorker::start() {
  std::thread([self = shared_from_this()] {
    letOthersRunFirst();
    self->awaitBegin();
    self->run();
    const std::lock_guard lock(self->mutex_);
    self->finished_ = true;
    self->finished_condition_.notify_all();
  }).detach();
}

void RootWorker::begin(std::shared_ptr<RootWorker> predecessor) {
  {
    const std::lock_guard lock(mutex_);
    finished_ = false;
    begun_ = true;
    predecessor_ = std::move(predecessor);
  }
  begun_condition_.notify_all();
}

void RootWorker::awaitBegin() {
  std::shared_ptr<RootWorker> predecessor;
  {
    std::unique_lock lock(mutex_);
    begun_condition_.wait(lock, [this] { return begun_ || stop_requested_; });
    predecessor = std::move(predecessor_);
  }
  if (predecessor) {
    (void)predecessor->waitFinished(SteadyTime::max());
  }
}

void RootWorker::requestStop() {
  {
    const std::lock_guard lock(mutex_);
    stop_requested_ = true;
    activity_stop_.request_stop();
  }
  begun_condition_.notify_all();
  wake();
}

bool RootWorker::waitFinished(SteadyTime deadline) {
  std::unique_lock lock(mutex_);
  if (deadline == SteadyTime::max()) {
    finished_condition_.wait(lock, [this] { return finished_; });
    return true;
  }
  return finished_condition_.wait_until(lock, deadline, [this] { return finished_; });
}

RootReport RootWorker::report() const {
  const std::lock_guard lock(mutex_);
  return report_;
}

void RootWorker::reconfigure(const SurveySettings& settings) {
  {
    const std::lock_guard lock(mutex_);
    settings_ = settings;
    schedule_.reconfigure(settings.scan);
    schedule_.layersChanged(Clock::now());  // new settings show in a census soon
  }
  wake();
}

std::optional<SteadyTime> RootWorker::deadline() const {
  const std::lock_guard lock(mutex_);
  if (activity_ == Activity::waiting || timed_out_) {
    return std::nullopt;
  }
  return activity_started_ + settings_.scan.timeout;
}

void RootWorker::postponeDeadline(SteadyTime::duration time) {
  const std::lock_guard lock(mutex_);
  activity_started_ += time;
}

void RootWorker::declareTimeout(SteadyTime now) {
  {
    const std::lock_guard lock(mutex_);
    if (activity_ == Activity::waiting || timed_out_ ||
        now < activity_started_ + settings_.scan.timeout) {
      return;
    }
    timed_out_ = true;
    activity_stop_.request_stop();
    CensusStatus& status = report_.status;
    status.up = false;
    status.error = std::string(activity_ == Activity::census ? "census" : "watch") +
                   " not finished within the timeout";
    status.duration_seconds = secondsBetween(activity_started_, now);
    ++status.timeouts;
  }
  log::error("timed out; waiting for the filesystem to answer", {{"root", root_.name}});
  changed_(Change::figures);
}

void RootWorker::run() {
  for (;;) {
    SteadyTime census;
    {
      const std::lock_guard lock(mutex_);
      if (stop_requested_) {
        return;
      }
      census = schedule_.nextCensus();
    }
    try {
      doWhatIsDue(census);
    } catch (const std::exception& failure) {
      giveUp(failure);
    }
  }
}

void RootWorker::doWhatIsDue(SteadyTime census) {
  const SteadyTime now = Clock::now();
  if (census <= now) {
    runCensus();
    next_watch_ = Clock::now() + settings().scan.watch_interval;
  } else if (hasSomethingToWatch() && next_watch_ <= now) {
    runWatch();
    next_watch_ = Clock::now() + settings().scan.watch_interval;
  } else {
    waitUntil(hasSomethingToWatch() ? std::min(census, next_watch_) : census);
  }
}

bool RootWorker::hasSomethingToWatch() const {
  return !hot_inodes_.empty() || (census_ && census_->filesystem.room != FreeRoom{});
}

/// Memory ran out beside a census or a watch, where there was no result to put it into.
void RootWorker::giveUp(const std::exception& failure) {
  log::error("census given up", {{"root", root_.name}, {"error", failure.what()}});
  next_watch_ = Clock::now() + settings().scan.watch_interval;
  {
    const std::lock_guard lock(mutex_);
    if (activity_ == Activity::census) {
      schedule_.censusEnded(Clock::now());
      report_.status.in_progress = false;
    }
    activity_ = Activity::waiting;
    report_.status.up = false;
    report_.status.error = failure.what();
    ++report_.status.failures;
  }
  changed_(Change::figures);
}

void RootWorker::waitUntil(SteadyTime time) {
  const auto remaining = std::chrono::ceil<std::chrono::milliseconds>(time - Clock::now()).count();
  constexpr std::int64_t kLongestMs = 60 * 60 * 1000;
  std::array<pollfd, 2> wanted = {pollfd{wake_.get(), POLLIN, 0},
                                  pollfd{layer_events_.descriptor(), POLLIN, 0}};
  (void)retryOnEintr([&] {
    return poll(wanted.data(), wanted.size(),
                static_cast<int>(std::clamp<std::int64_t>(remaining, 0, kLongestMs)));
  });
  eventfd_t ignored = 0;
  (void)eventfd_read(wake_.get(), &ignored);
  if ((wanted[1].revents & POLLIN) != 0 && layer_events_.drain()) {
    const std::lock_guard lock(mutex_);
    schedule_.layersChanged(Clock::now());
  }
}

void RootWorker::wake() { (void)eventfd_write(wake_.get(), 1); }

std::stop_token RootWorker::beginActivity(Activity activity) {
  const std::lock_guard lock(mutex_);
  activity_ = activity;
  activity_started_ = Clock::now();
  timed_out_ = false;
  activity_stop_ = std::stop_source();
  if (stop_requested_) {
    activity_stop_.request_stop();
  }
  if (activity == Activity::census) {
    schedule_.censusStarted(activity_started_);
    report_.status.in_progress = true;
  }
  return activity_stop_.get_token();
}

bool RootWorker::endActivity() {
  const std::lock_guard lock(mutex_);
  if (activity_ == Activity::census) {
    schedule_.censusEnded(Clock::now());
    report_.status.in_progress = false;
  }
  activity_ = Activity::waiting;
  return !timed_out_ && !stop_requested_;
}

void RootWorker::runCensus() {
  const SurveySettings now = settings();
  const std::stop_token stop = beginActivity(Activity::census);
  changed_(Change::times);
  // Before anything is read, so that no change falls between the census and the watching.
  layer_events_.watch(layersDirectory(root_.path, root_.layers), true);
  const SystemTime started = std::chrono::system_clock::now();
  const SteadyTime begin = Clock::now();
  auto result = survey(now, stop);
  const double duration = secondsBetween(begin, Clock::now());
  if (!endActivity()) {
    changed_(Change::times);
    return;
  }
  changed_(result ? recordSuccess(std::move(*result), started, duration)
                  : recordFailure(result.error().message(), started, duration));
}

Result<Survey> RootWorker::survey(const SurveySettings& settings, const std::stop_token& stop) {
  CensusProgress progress;
  auto result = caught("census of " + root_.path, [&] {
    return surveyRoot(taker_, root_, settings, representatives(hot_inodes_), progress, stop);
  });
  if (!result) {
    return result;
  }
  struct stat status {};
  if (stat(root_.path.c_str(), &status) != 0) {
    return errnoError("stat " + root_.path);
  }
  if (auto problem =
          identityProblem({result->census.filesystem.mountpoint, status.st_dev, status.st_ino})) {
    return Error{0, std::move(*problem)};
  }
  return result;
}

bool RootWorker::Identity::matches(const Identity& other) const {
  const bool same_mount =
      mountpoint.empty() || other.mountpoint.empty() || mountpoint == other.mountpoint;
  return same_mount && device == other.device && inode == other.inode;
}

/// Where a mount has gone, what lies under it is another directory, usually an empty one: its
/// figures must not pass for the root's. Anything else in the root's place is named once and then
/// taken for the root.
std::optional<std::string> RootWorker::identityProblem(const Identity& now) {
  if (!identity_ || identity_->matches(now)) {
    if (!identity_ || !now.mountpoint.empty()) {
      identity_ = now;
    }
    return std::nullopt;
  }
  const Identity before = *identity_;
  const bool unmounted =
      !now.mountpoint.empty() && before.mountpoint.size() > now.mountpoint.size();
  if (unmounted) {
    return root_.path + " is not mounted any more (it was on " + before.mountpoint + ")";
  }
  identity_ = now;
  hot_inodes_.clear();
  census_.reset();
  return root_.path + " was replaced by another directory or filesystem; the next census takes it";
}

Change RootWorker::recordSuccess(Survey survey, SystemTime started, double duration_seconds) {
  logCensus(root_.name, survey.report, duration_seconds);
  logLayout(survey.report);
  logRefusedLimit(survey.report.filesystem);
  const bool all_watched =
      survey.census.counts.hot_inodes.size() < watchedInodes(settings().metrics);
  census_ = std::move(survey.census);
  fresh_links_.reset();
  hot_inodes_ = census_->counts.hot_inodes;
  unwatched_links_ = all_watched || hot_inodes_.empty() ? 0 : hot_inodes_.back().links;
  logImageProblems();
  said_error_.clear();
  const SystemTime ended = std::chrono::system_clock::now();
  const std::lock_guard lock(mutex_);
  CensusStatus& status = report_.status;
  const bool as_before = status.up == true && report_.census == survey.report;
  status.up = true;
  status.error.clear();
  status.started = started;
  status.duration_seconds = duration_seconds;
  status.last_success = ended;
  status.watch_last_success = ended;
  ++status.successes;
  for (std::size_t i = 0; i < status.errors_total.size(); ++i) {
    status.errors_total[i] += survey.report.errors.by_reason[i];
  }
  report_.census = std::move(survey.report);
  return as_before ? Change::times : Change::figures;
}

Change RootWorker::recordFailure(const std::string& error, SystemTime started,
                                 double duration_seconds) {
  // An operator who reads it once knows; the metrics say how long it lasts.
  if (std::exchange(said_error_, error) != error) {
    log::error("census failed; what was counted last stays until one succeeds",
               {{"root", root_.name}, {"error", error}});
  }
  const std::lock_guard lock(mutex_);
  CensusStatus& status = report_.status;
  const bool as_before = status.up == false && status.error == error;
  status.up = false;
  status.error = error;
  status.started = started;
  status.duration_seconds = duration_seconds;
  ++status.failures;
  return as_before ? Change::times : Change::figures;
}

void RootWorker::logLayout(const CensusReport& census) {
  const std::string& reason = census.layout_reason;
  if (std::exchange(said_layout_, reason) != reason) {
    log::info("layout chosen", {{"root", root_.name},
                                {"layout", census.layout},
                                {"tool", census.tool},
                                {"reason", reason}});
  }
}

void RootWorker::logRefusedLimit(const FilesystemReport& filesystem) {
  const std::string warning = refusedLimit(filesystem).value_or("");
  if (std::exchange(said_limit_, warning) != warning && !warning.empty()) {
    log::warn(warning, {{"root", root_.name}});
  }
}

void RootWorker::logImageProblems() {
  const std::vector<std::string>& problems = census_->images.problems;
  if (problems != said_problems_ && !problems.empty()) {
    log::warn("some of Docker's files cannot be used: margins are right, images may be missing",
              {{"root", root_.name}, {"problems", problems.size()}, {"first", problems.front()}});
  }
  said_problems_ = problems;
}

std::optional<CensusReport> RootWorker::judgeAgain() {
  if (!census_) {
    return std::nullopt;
  }
  const bool other_images = rereadImages(root_.path, *census_);
  const bool other_room = rereadRoom(root_.path, *census_);
  return other_images || other_room ? std::optional(judgeCensus(*census_, settings()))
                                    : std::nullopt;
}

void RootWorker::runWatch() {
  const CensusRequest request = censusRequest(root_, settings(), {});
  const std::stop_token stop = beginActivity(Activity::watch);
  auto now = caught("watch of " + root_.path, [&] {
    return hot_inodes_.empty() ? Result<LinksNow>(LinksNow{})
                               : taker_.rereadLinks(request, hot_inodes_, stop);
  });
  auto judged = judgeAgain();
  if (!endActivity()) {
    return;
  }
  if (judged) {
    logImageProblems();
  }
  if (!now) {
    log::debug("watch failed", {{"root", root_.name}, {"error", now.error().message()}});
  }
  const bool look_again = now && hasNews(*now);
  const bool is_fresh = now && !now->links.empty();
  if (is_fresh) {
    fresh_links_ = std::move(*now);
  }
  Change change = Change::times;
  {
    const std::lock_guard lock(mutex_);
    if (look_again) {
      schedule_.layersChanged(Clock::now());
    }
    const std::optional<CensusReport> before = report_.census;
    if (judged) {
      report_.census = std::move(judged);
    }
    if (is_fresh) {
      report_.status.watch_last_success = std::chrono::system_clock::now();
    }
    // What is judged again has the links of the census.
    if (report_.census && fresh_links_) {
      report_.census = withFreshLinks(std::move(*report_.census), freshLinks(*fresh_links_),
                                      fresh_links_->inode_links ? 0 : unwatched_links_,
                                      fresh_links_->inode_links);
    }
    change = report_.census == before ? Change::times : Change::figures;
  }
  if (is_fresh || change == Change::figures) {
    changed_(change);
  }
}

/// Whether a hot inode has lost all its known names, or another has become hot and has none yet: a
/// census will tell more.
bool RootWorker::hasNews(const LinksNow& now) const {
  if (!now.inode_links && now.links.size() < hot_inodes_.size()) {
    return true;
  }
  return std::any_of(now.links.begin(), now.links.end(), [&](const RereadLinks& entry) {
    const bool known = std::any_of(hot_inodes_.begin(), hot_inodes_.end(),
                                   [&](const HotInode& hot) { return hot.inode == entry.inode; });
    return !known && entry.links > hot_inodes_.back().links;
  });
}

SurveySettings RootWorker::settings() const {
  const std::lock_guard lock(mutex_);
  return settings_;
}

}  // namespace hardlink
