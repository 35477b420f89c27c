#include "commands/check/check.h"

#include <unistd.h>

#include <condition_variable>
#include <exception>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/log.h"
#include "base/os/threads.h"
#include "base/utf8.h"
#include "commands/check/verdict.h"
#include "commands/check/verdict_text.h"
#include "commands/exit.h"
#include "commands/standard_streams.h"
#include "exposition/json/parse_report.h"
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
  constexpr std::chrono::milliseconds kSecond{1000};
  std::string text = std::to_string(time / kSecond);
  if (const auto rest = (time % kSecond).count(); rest > 0) {
    std::string decimals = std::to_string(kSecond.count() + rest).substr(1);
    text += "." + decimals.substr(0, decimals.find_last_not_of('0') + 1);
  }
  return text + " s";
}

/// Prints; returns the exit code. What nobody could read is unknown too.
int tell(const Verdict& verdict, CheckMode mode) {
  const Verdict shown = takesUtf8(STDOUT_FILENO) ? verdict : inAscii(verdict);
  const bool written =
      put(mode == CheckMode::nagios ? renderNagios(shown) : renderNpd(shown), stdout);
  return exitCodeOf(written ? verdict.state : VerdictState::unknown, mode);
}

/// Finds out on a thread of its own, since a filesystem or a server may never answer; what is known
/// when the time is up is what counts.
class Inquiry {
 public:
  explicit Inquiry(const CheckOptions& options) : options_(options) {}

  /// In the thread that may be left behind.
  void run() noexcept;
  /// Whether run() came to its end within the time that it has.
  [[nodiscard]] bool finished();
  /// Of what is known now. Once.
  [[nodiscard]] Verdict verdict();

 private:
  void ask();
  void scan();
  void expect(const std::vector<RootConfig>& roots);
  /// Counts the roots that `expected` turned out to stand for.
  void count(const std::vector<RootConfig>& roots, const std::string& expected);
  void fail(const std::string& problem);

  const CheckOptions& options_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  bool finished_ = false;
  std::string problem_;  // why there is no report
  Report report_;
  std::vector<std::string> expected_;  // names of roots that are not in the report yet
};

void Inquiry::run() noexcept {
  try {
    options_.url ? ask() : scan();
  } catch (const std::exception& error) {
    fail(reasonOf(error));
  }
  const std::lock_guard lock(mutex_);
  finished_ = true;
  changed_.notify_all();
}

void Inquiry::ask() {
  const Result<std::string> answer =
      fetch(*options_.url, "/api/v1/report", {.timeout = options_.timeout});
  if (!answer) {
    return fail(answer.error().message());
  }
  Result<Report> report = parseReport(*answer);
  if (!report) {
    return fail(options_.url->origin() + ": " + report.error().message());
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

void Inquiry::scan() {
  if (options_.paths.empty()) {
    const DockerDiscovery discovery = discoverDocker();
    const auto roots = rootsToSurvey({}, options_.survey, discovery);
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
    // One by one, since looking for Docker's storage below a path may already hang.
    count(rootsToSurvey({root.path}, options_.survey, {}), root.name);
  }
}

void Inquiry::count(const std::vector<RootConfig>& roots, const std::string& expected) {
  SurveySettings settings;
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

void Inquiry::expect(const std::vector<RootConfig>& roots) {
  const std::lock_guard lock(mutex_);
  for (const RootConfig& root : roots) {
    expected_.push_back(root.name);
  }
}

void Inquiry::fail(const std::string& problem) {
  const std::lock_guard lock(mutex_);
  problem_ = problem;
}

bool Inquiry::finished() {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, options_.timeout, [this] { return finished_; });
}

Verdict Inquiry::verdict() {
  const std::lock_guard lock(mutex_);
  const std::string too_late = "no answer within " + seconds(options_.timeout);
  if (!problem_.empty()) {
    return unknownVerdict(problem_);
  }
  if (!finished_ && report_.roots.empty() && expected_.empty()) {
    return unknownVerdict(too_late);
  }
  for (const std::string& name : expected_) {
    RootReport& root = report_.roots.emplace_back();
    root.name = name;
    root.status.up = false;
    root.status.error = too_late;
  }
  // What was counted just now is as fresh as it can be.
  const auto max_age = options_.url ? std::chrono::ceil<std::chrono::seconds>(options_.max_age)
                                    : std::chrono::seconds::max();
  return verdictOn(report_, options_.thresholds, {std::chrono::system_clock::now(), max_age});
}

int inquire(const CheckOptions& options) {
  Inquiry inquiry(options);
  std::thread thread([&] { inquiry.run(); });
  const bool finished = inquiry.finished();
  const int code = tell(inquiry.verdict(), options.mode);
  if (!finished) {
    leaveHeldThreads(code);
  }
  thread.join();
  return code;
}

}  // namespace

int runCheck(const CheckOptions& options) {
  // Monitoring systems read one line; some read standard error too.
  log::configure(log::Level::error, log::Format::logfmt);
  if (options.wrong_usage) {
    return tell(unknownVerdict(*options.wrong_usage), options.mode);
  }
  try {
    return inquire(options);
  } catch (const std::exception& error) {
    return tell(unknownVerdict(reasonOf(error)), options.mode);
  }
}

}  // namespace hardlink
