#include "daemon/scanner/publisher.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <utility>

namespace hardlink {
namespace {

using Clock = std::chrono::steady_clock;

/// Processor time of the calling thread. Waiting for a busy machine is no cost.
std::chrono::nanoseconds processorTime() {
  timespec time{};
  (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

void Pace::changed(Change change, SteadyTime now) {
  std::optional<SteadyTime>& first = change == Change::figures ? figures_ : times_;
  first = first.value_or(now);
}

void Pace::taken() {
  figures_.reset();
  times_.reset();
}

void Pace::published(SteadyTime now, SteadyTime::duration cost) {
  const SteadyTime::duration least = kLeastPause;
  const SteadyTime::duration longest = kLongestPause;
  figures_after_ = now + std::clamp(kFiguresPause * cost, least, longest);
  times_after_ = now + std::clamp(kTimesPause * cost, least, longest);
}

std::optional<SteadyTime> Pace::due() const {
  std::optional<SteadyTime> due;
  if (figures_) {
    due = std::max(*figures_, figures_after_);
  }
  if (times_) {
    const SteadyTime times_due = std::max<SteadyTime>(*times_ + kLeastPause, times_after_);
    due = std::min(due.value_or(times_due), times_due);
  }
  return due;
}

Publisher::Publisher(std::function<void()> publish)
    : publish_(std::move(publish)), thread_([this] { run(); }) {}

void Publisher::changed(Change change) {
  {
    const std::lock_guard lock(mutex_);
    pace_.changed(change, Clock::now());
  }
  wakeup_.notify_all();
}

void Publisher::publishNow() {
  const std::lock_guard one_at_a_time(publishing_);
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) {
      return;
    }
    pace_.taken();
  }
  const auto before = processorTime();
  publish_();
  const std::lock_guard lock(mutex_);
  pace_.published(Clock::now(), processorTime() - before);
}

void Publisher::stop() {
  {
    const std::lock_guard one_at_a_time(publishing_);
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wakeup_.notify_all();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void Publisher::run() {
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    const auto due = pace_.due();
    if (!due) {
      wakeup_.wait(lock);
    } else if (*due > Clock::now()) {
      wakeup_.wait_until(lock, *due);
    } else {
      lock.unlock();
      publishNow();
      lock.lock();
    }
  }
}

}  // namespace hardlink
