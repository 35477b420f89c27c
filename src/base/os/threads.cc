#include "base/os/threads.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <thread>

#include "base/os/control_group.h"

namespace hardlink {
namespace {

constexpr uid_t kRoot = 0;  // RLIMIT_NPROC does not hold for it

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

}  // namespace

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
      limits += (limits.empty() ? "" : "; ") + before + std::to_string(*limit) + behind;
    }
  };
  add(controlGroupLimit(kPids, root), "its control group may have ",
      " (pids.max: TasksMax= in systemd, pids_limit in Compose, --pids-limit in Docker)");
  add(ownProcessLimit(), "all processes of user " + std::to_string(getuid()) + " may have ",
      " (RLIMIT_NPROC: LimitNPROC= in systemd, ulimit -u)");
  if (limits.empty()) {
    add(kernelLimit(root), "the system may have ", " (kernel.threads-max)");
  }
  return limits;
}

Error threadShortage(std::size_t needed) {
  std::string text = "cannot start a thread: ";
  if (const auto count = threadCount()) {
    text += "this process has " + std::to_string(*count) + " thread(s)";
    text += needed == 0 ? "; " : " and needs " + std::to_string(needed) + "; ";
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
