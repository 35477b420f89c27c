#include "daemon/periodic_task.h"

#include <exception>
#include <utility>

#include "base/log.h"

namespace hardlink {

PeriodicTask::PeriodicTask(std::chrono::milliseconds interval, std::function<void()> task)
    : interval_(interval), task_(std::move(task)), thread_([this] { run(); }) {}

PeriodicTask::~PeriodicTask() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

bool PeriodicTask::stop(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  changed_.notify_all();
  return changed_.wait_for(lock, patience, [this] { return stopped_; });
}

void PeriodicTask::runOnce() {
  try {
    task_();
  } catch (const std::exception& failure) {
    log::error("cannot do what is due; it will be tried again", {{"reason", failure.what()}});
  }
}

void PeriodicTask::run() {
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, interval_, [this] { return stopping_; })) {
    lock.unlock();
    runOnce();
    lock.lock();
  }
  stopped_ = true;
  changed_.notify_all();
}

}  // namespace hardlink
