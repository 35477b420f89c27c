#include "base/os/threads.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <condition_variable>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <mutex>
#include <system_error>
#include <utility>

#include "base/os/control_group.h"

namespace hardlink {
namespace {

constexpr uid_t kRoot = 0;  // RLIMIT_NPROC does not limit it

std::optional<std::uint64_t> ownProcessLimit() {
  rlimit limit{};
  if (getuid() == kRoot || getrlimit(RLIMIT_NPROC, &limit) != 0 ||
      limit.rlim_cur == RLIM_INFINITY) {
    return std::nullopt;
  }
  return limit.rlim_cur;
}

std::optional<std::uint64_t> kernelLimit(const std::string& root) {
  std::uint64_t limit = 0;
  std::ifstream text(root + "/proc/sys/kernel/threads-max");
  return text >> limit ? std::optional(limit) : std::nullopt;
}

/// Blocks all signals in the calling thread, and in threads that it starts meanwhile.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace

/// Shared by the thread and its owner, because either may end first.
struct LeavableThread::State {
  std::stop_source stop;
  std::mutex mutex;  // guards the members below
  std::condition_variable changed;
  bool ended = false;
};

LeavableThread::LeavableThread(Task task) : state_(std::make_shared<State>()) {
  const SignalsBlocked inherited;
  thread_ = std::thread([state = state_, task = std::move(task)]() mutable {
    std::exchange(task, nullptr)(state->stop.get_token());
    const std::lock_guard lock(state->mutex);
    state->ended = true;
    state->changed.notify_all();
  });
}

LeavableThread::~LeavableThread() {
  if (thread_.joinable()) {
    requestStop();
    thread_.join();
  }
}

void LeavableThread::requestStop() { state_->stop.request_stop(); }

bool LeavableThread::waitFor(std::chrono::milliseconds patience) {
  return waitUntil(std::chrono::steady_clock::now() + patience);
}

bool LeavableThread::waitUntil(std::chrono::steady_clock::time_point deadline) {
  const auto has_ended = [this] { return state_->ended; };
  std::unique_lock lock(state_->mutex);
  if (deadline == std::chrono::steady_clock::time_point::max()) {
    state_->changed.wait(lock, has_ended);  // wait_until() would overflow
    return true;
  }
  return state_->changed.wait_until(lock, deadline, has_ended);
}

void LeavableThread::leave() { thread_.detach(); }

bool sleepFor(std::chrono::nanoseconds time, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  (void)never.wait_for(lock, stop, time, [] { return false; });
  return !stop.stop_requested();
}

Alarm::Alarm(std::chrono::nanoseconds after, const std::stop_token& outer)
    : forward_(outer, [this] { source_.request_stop(); }) {
  try {
    thread_ = std::jthread([this, after](const std::stop_token& cancelled) {
      if (sleepFor(after, cancelled)) {
        source_.request_stop();
      }
    });
  } catch (const std::system_error&) {
    // See the class: the time never ends.
  }
}

std::optional<std::size_t> threadCount() {
  constexpr nlink_t kOwnAndParent = 2;  // a directory per thread, and proc's two links
  struct stat tasks {};
  if (stat("/proc/self/task", &tasks) != 0 || tasks.st_nlink <= kOwnAndParent) {
    return std::nullopt;
  }
  return tasks.st_nlink - kOwnAndParent;
}

bool canMakeThread() {
  try {
    std::thread([] {}).join();
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

std::string threadLimits(const std::string& root) {
  constexpr ControlGroupFile kPids{"pids", "pids.max", "pids.max"};
  std::string limits;
  const auto add = [&](const std::optional<std::uint64_t>& limit, const std::string& before,
                       const std::string& behind) {
    if (limit) {
      limits += fmt::format("{}{}{}{}", limits.empty() ? "" : "; ", before, *limit, behind);
    }
  };
  add(controlGroupLimit(kPids, root), "its control group may have ",
      " (pids.max: TasksMax= in systemd, pids_limit in Compose, --pids-limit in Docker)");
  add(ownProcessLimit(), fmt::format("all processes of user {} may have ", getuid()),
      " (RLIMIT_NPROC: LimitNPROC= in systemd, ulimit -u)");
  if (limits.empty()) {
    add(kernelLimit(root), "the system may have ", " (kernel.threads-max)");
  }
  return limits;
}

Error threadShortage(std::size_t needed) {
  std::string text = "cannot start a thread: ";
  if (const auto count = threadCount()) {
    text += fmt::format("this process has {} thread(s)", *count);
    text += needed == 0 ? "; " : fmt::format(" and needs {}; ", needed);
  }
  return {0, text + threadLimits()};
}

std::string reasonOf(const std::exception& failure) {
  const auto* const error = dynamic_cast<const std::system_error*>(&failure);
  const bool no_thread =
      error != nullptr && error->code() == std::errc::resource_unavailable_try_again;
  return no_thread ? threadShortage().message() : failure.what();
}

}  // namespace hardlink
