#include "daemon/scanner/scanner.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "base/log.h"
#include "base/os/threads.h"

namespace hardlink {
namespace {

using Clock = std::chrono::steady_clock;

/// Between checks for timeouts: a timeout is noticed at most this late.
constexpr std::chrono::milliseconds kSupervision{250};
/// If a pause took this long, the machine was not busy: the process did not run.
constexpr std::chrono::milliseconds kStopped{1500};

template <class Workers, class Matches>
std::shared_ptr<RootWorker> extract(Workers& workers, Matches matches) {
  const auto at = std::find_if(workers.begin(), workers.end(), matches);
  if (at == workers.end()) {
    return nullptr;
  }
  auto found = std::move(*at);
  workers.erase(at);
  return found;
}

using Workers = std::vector<std::shared_ptr<RootWorker>>;

/// Starts the threads of all workers, or of none.
void startAll(const Workers& workers) {
  for (const auto& worker : workers) {
    try {
      worker->start();
    } catch (...) {
      std::for_each(workers.begin(), workers.end(), [](const auto& w) { w->requestStop(); });
      throw;
    }
  }
}

}  // namespace

Scanner::Hub::Hub(Publish receiver)
    : publish(std::move(receiver)), publisher([this] { publishReport(); }) {}

Scanner::Scanner(Publish publish) : hub_(std::make_shared<Hub>(std::move(publish))) {
  supervisor_ = std::jthread([this](const std::stop_token& stop) { supervise(stop); });
}

Scanner::~Scanner() { (void)stop(std::chrono::milliseconds(0)); }

void Scanner::configure(const Config& config) {
  const CensusSettings settings{config.scan, config.metrics};
  {
    const std::lock_guard lock(hub_->mutex);
    auto old = hub_->workers;
    Workers kept;
    Workers fresh;
    Workers all;
    for (const RootConfig& root : config.roots) {
      auto worker = extract(old, [&](const auto& w) { return w->root() == root; });
      Workers& kind = worker ? kept : fresh;
      kind.push_back(worker ? std::move(worker) : newWorker(root, settings));
      all.push_back(kind.back());
    }
    retired_.reserve(retired_.size() + old.size());
    startAll(fresh);
    // Nothing fails from here on.
    hub_->workers = std::move(all);
    for (const auto& worker : kept) {
      worker->reconfigure(settings);
    }
    for (const auto& worker : old) {
      worker->requestStop();
    }
    std::move(old.begin(), old.end(), std::back_inserter(retired_));
    std::erase_if(retired_, [](const auto& w) { return w->waitFinished(Clock::now()); });
    for (const auto& worker : fresh) {
      const auto before = std::find_if(retired_.begin(), retired_.end(), [&](const auto& w) {
        return w->root().path == worker->root().path;
      });
      worker->begin(before == retired_.end() ? nullptr : *before);
    }
  }
  hub_->publisher.publishNow();
}

std::shared_ptr<RootWorker> Scanner::newWorker(const RootConfig& root,
                                               const CensusSettings& settings) const {
  const std::weak_ptr<Hub> hub = hub_;
  return std::make_shared<RootWorker>(root, settings, [hub](Change change) {
    if (const auto alive = hub.lock()) {
      alive->publisher.changed(change);
    }
  });
}

bool Scanner::stop(std::chrono::milliseconds patience) {
  supervisor_ = {};
  hub_->publisher.stop();
  std::vector<std::shared_ptr<RootWorker>> workers;
  {
    const std::lock_guard lock(hub_->mutex);
    workers = std::exchange(hub_->workers, {});
    std::move(retired_.begin(), retired_.end(), std::back_inserter(workers));
    retired_.clear();
  }
  for (const auto& worker : workers) {
    worker->requestStop();
  }
  const auto deadline = Clock::now() + patience;
  return std::all_of(workers.begin(), workers.end(),
                     [&](const auto& worker) { return worker->waitFinished(deadline); });
}

void Scanner::Hub::publishReport() {
  try {
    std::vector<std::shared_ptr<RootWorker>> current;
    {
      const std::lock_guard lock(mutex);
      current = workers;
    }
    auto report = std::make_shared<Report>();
    for (const auto& worker : current) {
      report->roots.push_back(worker->report());
    }
    publish(std::move(report));
    failed = false;
  } catch (const std::exception& failure) {
    // The last report stays until publishing works again.
    if (!failed) {
      log::error("publishing a report failed; will retry", {{"reason", failure.what()}});
    }
    failed = true;
    publisher.changed(Change::times);
  }
}

/// `stopped`: how long the process did not run (SIGSTOP, a paused virtual machine).
void Scanner::declareTimeouts(std::chrono::nanoseconds stopped) {
  std::vector<std::shared_ptr<RootWorker>> workers;
  {
    const std::lock_guard lock(hub_->mutex);
    workers = hub_->workers;
  }
  const auto now = Clock::now();
  for (const auto& worker : workers) {
    worker->postponeDeadline(stopped);
    const auto deadline = worker->deadline();
    if (deadline && *deadline <= now) {
      worker->declareTimeout(now);
    }
  }
}

void Scanner::supervise(const std::stop_token& stop) {
  auto last_time = Clock::now();
  do {
    const auto pause = Clock::now() - std::exchange(last_time, Clock::now());
    try {
      declareTimeouts(pause > kStopped ? pause : Clock::duration::zero());
    } catch (const std::exception& failure) {
      log::error("checking for timeouts failed; will retry", {{"reason", failure.what()}});
    }
  } while (sleepFor(kSupervision, stop));
}

}  // namespace hardlink
