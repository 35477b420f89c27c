#include "commands/check/check.h"

#include <fmt/format.h>
#include <unistd.h>

#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/os/threads.h"
#include "base/utf8.h"
#include "commands/check/verdict.h"
#include "commands/standard_streams.h"
#include "exposition/json/json.h"
#include "http/client/client.h"
#include "roots/root_scan.h"
#include "roots/roots.h"

namespace hardlink {
namespace {

int exitCodeOf(VerdictState state, CheckMode mode) {
  const bool nagios = mode == CheckMode::nagios;
  switch (state) {
    case VerdictState::ok:
      return 0;
    case VerdictState::warning:
      return 1;
    case VerdictState::critical:
      return nagios ? 2 : 1;
    case VerdictState::unknown:
      break;
  }
  return nagios ? 3 : 2;
}

/// "55 s", "1.5 s".
std::string seconds(std::chrono::milliseconds time) {
  return fmt::format("{} s", std::chrono::duration<double>(time).count());
}

/// Prints the verdict and returns the exit code. A verdict that could not be written is unknown to
/// the monitoring system, and so is its code.
int print(const Verdict& verdict, CheckMode mode) {
  const Verdict shown = takesUtf8(STDOUT_FILENO) ? verdict : inAscii(verdict);
  const bool written =
      put(mode == CheckMode::nagios ? renderNagios(shown) : renderNpd(shown), stdout);
  return exitCodeOf(written ? verdict.state : VerdictState::unknown, mode);
}

/// The report that the verdict is about, as much of it as is known yet. One thread collects it,
/// and may have to be left; another judges what is there when the time is up.
class PartialReport {
 public:
  explicit PartialReport(CheckOptions options) : options_(std::move(options)) {}

  /// Asks the daemon, or counts the roots.
  void collect() noexcept;
  /// On what is known now; `finished`: collect() has returned. Once.
  [[nodiscard]] Verdict verdict(bool finished);

 private:
  void askDaemon(const Url& url);
  void countRoots();
  void expect(const std::vector<RootConfig>& roots);
  /// Counts `roots`, which `expected` turned out to stand for.
  void count(const std::vector<RootConfig>& roots, const std::string& expected);
  void fail(const std::string& problem);

  const CheckOptions options_;
  std::mutex mutex_;     // guards what follows
  std::string problem_;  // why there is no report
  Report report_;
  std::vector<std::string> expected_;  // names of roots that are not in the report yet
};

void PartialReport::collect() noexcept {
  try {
    options_.url ? askDaemon(*options_.url) : countRoots();
  } catch (const std::exception& error) {
    fail(reasonOf(error));
  }
}

void PartialReport::askDaemon(const Url& url) {
  const Result<std::string> answer = fetch(url, "/api/v1/report", {.timeout = options_.timeout});
  if (!answer) {
    return fail(answer.error().message());
  }
  Result<Report> report = parseReport(*answer);
  if (!report) {
    return fail(url.origin() + ": " + report.error().message());
  }
  if (options_.root) {
    std::erase_if(report->roots,
                  [&](const RootReport& root) { return root.name != *options_.root; });
    if (report->roots.empty()) {
      return fail("the daemon has no root " + printable(*options_.root));
    }
  }
  const std::lock_guard lock(mutex_);
  report_ = std::move(*report);
}

void PartialReport::countRoots() {
  if (options_.paths.empty()) {
    const DockerDiscovery discovery = discoverDocker();
    const auto roots = rootsToCount({}, options_.census, discovery);
    if (roots.empty()) {
      return fail(nothingToWatch(discovery));
    }
    expect(roots);
    for (const RootConfig& root : roots) {
      count({root}, root.name);
    }
    return;
  }
  const std::vector<RootConfig> roots = rootsFromPaths(options_.paths);
  expect(roots);
  for (const RootConfig& root : roots) {
    // One by one, because the search for Docker's storage below a path may already hang.
    count(rootsToCount({root.path}, options_.census, {}), root.name);
  }
}

void PartialReport::count(const std::vector<RootConfig>& roots, const std::string& expected) {
  CensusSettings settings;
  settings.scan.io_priority = IoPriority::best_effort;
  for (const RootConfig& root : roots) {
    CensusProgress progress;
    RootReport counted = scanRoot(root, settings, progress);
    const std::lock_guard lock(mutex_);
    report_.roots.push_back(std::move(counted));
  }
  const std::lock_guard lock(mutex_);
  std::erase(expected_, expected);
}

void PartialReport::expect(const std::vector<RootConfig>& roots) {
  const std::lock_guard lock(mutex_);
  for (const RootConfig& root : roots) {
    expected_.push_back(root.name);
  }
}

void PartialReport::fail(const std::string& problem) {
  const std::lock_guard lock(mutex_);
  problem_ = problem;
}

Verdict PartialReport::verdict(bool finished) {
  const std::lock_guard lock(mutex_);
  const std::string too_late = "no answer within " + seconds(options_.timeout);
  if (!problem_.empty()) {
    return unknownVerdict(problem_);
  }
  if (!finished && report_.roots.empty() && expected_.empty()) {
    return unknownVerdict(too_late);
  }
  for (const std::string& name : expected_) {
    RootReport& root = report_.roots.emplace_back();
    root.name = name;
    root.status.up = false;
    root.status.error = too_late;
  }
  // Figures that were counted just now have no age.
  const auto max_age = options_.url ? std::chrono::ceil<std::chrono::seconds>(options_.max_age)
                                    : std::chrono::seconds::max();
  return verdictOn(report_, options_.thresholds, {std::chrono::system_clock::now(), max_age});
}

int checkInTime(const CheckOptions& options) {
  const auto report = std::make_shared<PartialReport>(options);
  LeavableThread thread([report](const std::stop_token& /*stop*/) { report->collect(); });
  const bool finished = thread.waitFor(options.timeout);
  if (!finished) {
    thread.leave();
  }
  const int code = print(report->verdict(finished), options.mode);
  if (!finished) {
    leaveHeldThreads(code);
  }
  return code;
}

}  // namespace

int runCheck(const CheckOptions& options) {
  // Monitoring systems read one line; some read standard error too.
  log::configure(log::Level::error, log::Format::logfmt);
  if (options.wrong_usage) {
    return print(unknownVerdict(*options.wrong_usage), options.mode);
  }
  try {
    return checkInTime(options);
  } catch (const std::exception& error) {
    return print(unknownVerdict(reasonOf(error)), options.mode);
  }
}

}  // namespace hardlink
