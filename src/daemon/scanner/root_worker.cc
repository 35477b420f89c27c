#include "daemon/scanner/root_worker.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/log.h"
#include "report/alarms.h"

namespace hardlink {
namespace {

using Clock = std::chrono::steady_clock;

double secondsBetween(SteadyTime begin, SteadyTime end) {
  return std::chrono::duration<double>(end - begin).count();
}

/// Lets the threads that answer scrapes, and the node's own work, run before the calling thread and
/// those that it starts. Not SCHED_IDLE: that would hold a directory's lock for as long as others
/// keep the processor busy.
void runAtLowestPriority() {
  constexpr int kLowest = 19;
  constexpr id_t kThisThread = 0;
  (void)setpriority(PRIO_PROCESS, kThisThread, kLowest);
}

}  // namespace

RootWorker::RootWorker(RootConfig root, CensusSettings settings, Changed changed)
    : root_(std::move(root)),
      changed_(std::move(changed)),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      settings_(std::move(settings)),
      schedule_(settings_.scan, Clock::now()),
      figures_(root_),
      log_(root_.name) {
  if (!wake_.valid()) {
    throw std::system_error(errno, std::generic_category(), "eventfd");
  }
  report_.name = root_.name;
  report_.path = root_.path;
  report_.labels = root_.labels;
  report_.status.stale_after = staleAfter(settings_.scan.interval);
}

void RootWorker::start() {
  thread_.emplace([self = shared_from_this()](const std::stop_token& /*stop*/) {
    runAtLowestPriority();
    self->awaitBegin();
    self->run();
  });
  thread_->leave();
}

void RootWorker::begin(std::shared_ptr<RootWorker> predecessor) {
  {
    const std::lock_guard lock(mutex_);
    begun_ = true;
    predecessor_ = std::move(predecessor);
  }
  begun_condition_.notify_all();
}

void RootWorker::awaitBegin() {
  std::shared_ptr<RootWorker> predecessor;
  {
    std::unique_lock lock(mutex_);
    begun_condition_.wait(lock, [this] { return begun_ || activity_.isStopped(); });
    predecessor = std::move(predecessor_);
  }
  if (predecessor) {
    (void)predecessor->waitFinished(SteadyTime::max());
  }
}

void RootWorker::requestStop() {
  {
    const std::lock_guard lock(mutex_);
    activity_.requestStop();
  }
  begun_condition_.notify_all();
  wake();
}

bool RootWorker::waitFinished(SteadyTime deadline) {
  return !thread_ || thread_->waitUntil(deadline);
}

RootReport RootWorker::report() const {
  const std::lock_guard lock(mutex_);
  return report_;
}

void RootWorker::reconfigure(const CensusSettings& settings) {
  {
    const std::lock_guard lock(mutex_);
    settings_ = settings;
    schedule_.reconfigure(settings.scan);
    report_.status.stale_after = staleAfter(settings.scan.interval);
    schedule_.layersChanged(Clock::now());  // takes a census with the new settings soon
  }
  wake();
}

std::optional<SteadyTime> RootWorker::deadline() const {
  const std::lock_guard lock(mutex_);
  return activity_.deadline(settings_.scan.timeout);
}

void RootWorker::postponeDeadline(SteadyTime::duration time) {
  const std::lock_guard lock(mutex_);
  activity_.postpone(time);
}

void RootWorker::declareTimeout(SteadyTime now) {
  {
    const std::lock_guard lock(mutex_);
    const auto deadline = activity_.deadline(settings_.scan.timeout);
    if (!deadline || now < *deadline) {
      return;
    }
    activity_.timeOut();
    CensusStatus& status = report_.status;
    status.up = false;
    status.error = std::string(activity_.kind() == Activity::Kind::census ? "census" : "watch") +
                   " not finished within the timeout";
    status.duration_seconds = secondsBetween(activity_.started(), now);
    ++status.timeouts;
  }
  log::error("census or watch timed out; waiting for the filesystem to answer",
             {{"root", root_.name}});
  changed_(Change::figures);
}

void RootWorker::run() {
  for (;;) {
    SteadyTime census;
    {
      const std::lock_guard lock(mutex_);
      if (activity_.isStopped()) {
        return;
      }
      census = schedule_.nextCensus();
    }
    try {
      runNext(census);
    } catch (const std::exception& failure) {
      giveUp(failure);
    }
  }
}

void RootWorker::runNext(SteadyTime census) {
  const SteadyTime now = Clock::now();
  if (census <= now) {
    runCensus();
    next_watch_ = Clock::now() + settings().scan.watch_interval;
  } else if (figures_.hasSomethingToWatch() && next_watch_ <= now) {
    runWatch();
    next_watch_ = Clock::now() + settings().scan.watch_interval;
  } else {
    waitUntil(figures_.hasSomethingToWatch() ? std::min(census, next_watch_) : census);
  }
}

/// For an exception, usually for lack of memory, that is not the error of a census or a watch.
void RootWorker::giveUp(const std::exception& failure) {
  log::error("census or watch failed; will retry",
             {{"root", root_.name}, {"error", failure.what()}});
  next_watch_ = Clock::now() + settings().scan.watch_interval;
  {
    const std::lock_guard lock(mutex_);
    finishActivity();
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

std::stop_token RootWorker::beginActivity(Activity::Kind kind) {
  const std::lock_guard lock(mutex_);
  if (kind == Activity::Kind::census) {
    schedule_.censusStarted(Clock::now());
    report_.status.in_progress = true;
  }
  return activity_.begin(kind, Clock::now());
}

bool RootWorker::endActivity() {
  const std::lock_guard lock(mutex_);
  finishActivity();
  return activity_.isResultWanted();
}

void RootWorker::finishActivity() {
  if (activity_.kind() == Activity::Kind::census) {
    schedule_.censusEnded(Clock::now());
    report_.status.in_progress = false;
  }
  activity_.end();
}

void RootWorker::runCensus() {
  const CensusSettings now = settings();
  const std::stop_token stop = beginActivity(Activity::Kind::census);
  changed_(Change::times);
  // Watches before the census reads anything, so that no change is missed in between.
  layer_events_.watch(layersDirectory(root_.path, root_.layers), true);
  const SystemTime started = std::chrono::system_clock::now();
  const SteadyTime begin = Clock::now();
  auto result = figures_.count(now, stop);
  const double duration = secondsBetween(begin, Clock::now());
  if (!endActivity()) {
    changed_(Change::times);
    return;
  }
  changed_(result ? recordSuccess(std::move(*result), started, duration)
                  : recordFailure(result.error().message(), started, duration));
}

Change RootWorker::recordSuccess(JudgedCensus judged, SystemTime started, double duration_seconds) {
  log_.censusSucceeded(judged.report, duration_seconds);
  const std::vector<std::string>& contradictions = judged.census.counts.contradictions;
  log_.contradictions(contradictions);
  const bool contradicts = !contradictions.empty();
  figures_.keep(std::move(judged.census));
  log_.imageProblems(figures_.imageProblems());
  const SystemTime ended = std::chrono::system_clock::now();
  const std::lock_guard lock(mutex_);
  CensusStatus& status = report_.status;
  const bool as_before = status.up == true && report_.census == judged.report;
  status.up = true;
  status.error.clear();
  status.started = started;
  status.duration_seconds = duration_seconds;
  status.last_success = ended;
  status.watch_last_success = ended;
  ++status.successes;
  status.refresh_mismatches += contradicts ? 1U : 0U;
  for (std::size_t i = 0; i < status.errors_total.size(); ++i) {
    status.errors_total[i] += judged.report.errors.by_reason[i];
  }
  report_.census = std::move(judged.report);
  return as_before ? Change::times : Change::figures;
}

Change RootWorker::recordFailure(const std::string& error, SystemTime started,
                                 double duration_seconds) {
  log_.censusFailed(error);
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

void RootWorker::runWatch() {
  const CensusSettings now = settings();
  const std::stop_token stop = beginActivity(Activity::Kind::watch);
  RootFigures::Reread reread = figures_.watch(now, stop);
  if (!endActivity()) {
    return;
  }
  if (reread.judged) {
    log_.imageProblems(figures_.imageProblems());
  }
  if (!reread.links) {
    log::debug("watch failed", {{"root", root_.name}, {"error", reread.links.error().message()}});
  }
  if (reread.links && figures_.needsCensus(*reread.links)) {
    const std::lock_guard lock(mutex_);
    schedule_.layersChanged(Clock::now());
  }
  const bool is_fresh = reread.links && !reread.links->links.empty();
  if (is_fresh) {
    figures_.keep(*std::move(reread.links));
  }
  const Change change = recordWatch(std::move(reread.judged), is_fresh);
  if (is_fresh || change == Change::figures) {
    changed_(change);
  }
}

Change RootWorker::recordWatch(std::optional<CensusReport> judged, bool is_fresh) {
  const std::lock_guard lock(mutex_);
  const std::optional<CensusReport> before = report_.census;
  if (judged) {
    report_.census = std::move(judged);
  }
  if (is_fresh) {
    report_.status.watch_last_success = std::chrono::system_clock::now();
  }
  if (report_.census) {
    report_.census = figures_.withFreshLinks(std::move(*report_.census));
  }
  return report_.census == before ? Change::times : Change::figures;
}

CensusSettings RootWorker::settings() const {
  const std::lock_guard lock(mutex_);
  return settings_;
}

}  // namespace hardlink
