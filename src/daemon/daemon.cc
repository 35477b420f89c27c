#include "daemon/daemon.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/os/older_kernel.h"
#include "base/os/threads.h"
#include "base/utf8.h"
#include "base/version.h"
#include "commands/standard_streams.h"
#include "daemon/access_file.h"
#include "daemon/sandbox/sandbox.h"
#include "daemon/scanner/scanner.h"
#include "daemon/service_manager.h"
#include "http/server.h"
#include "roots/roots.h"

namespace hardlink {
namespace {

/// How long a census may take to stop at the end of the process.
constexpr std::chrono::milliseconds kPatience{700};
/// How long a check of the web config file may take to stop.
constexpr std::chrono::milliseconds kShortPatience{200};
/// Between checks of the web config file and the files that it names.
constexpr std::chrono::milliseconds kAccessInterval{500};

std::string linesOf(const Problems& problems) {
  std::string text;
  for (const Problem& problem : problems) {
    text += (text.empty() ? "" : "\n") + problem.message();
  }
  return text;
}

void logWarnings(const Access& access) {
  for (const Problem& warning : access.warnings) {
    log::warn("web configuration", {{"warning", warning.message()}});
  }
}

/// The problems of both files; none if both are good.
Problems problemsOf(const Result<Config, Problems>& config,
                    const Result<Access, Problems>& access) {
  Problems problems = config ? Problems{} : config.error();
  if (!access) {
    problems.insert(problems.end(), access.error().begin(), access.error().end());
  }
  return problems;
}

sigset_t handledSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGHUP);
  return signals;
}

/// Returns the signal, or -1 if none came within `time`. Without `time` it waits for ever.
int waitForSignal(const sigset_t& signals, const std::optional<std::chrono::microseconds>& time) {
  const auto total = time.value_or(std::chrono::microseconds::zero());
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(total);
  const timespec timeout{.tv_sec = seconds.count(),
                         .tv_nsec = std::chrono::nanoseconds(total - seconds).count()};
  return retryOnEintr([&] { return sigtimedwait(&signals, nullptr, time ? &timeout : nullptr); });
}

/// What is known of the roots before their first census.
std::shared_ptr<const Report> uncounted(const std::vector<RootConfig>& roots) {
  auto report = std::make_shared<Report>();
  for (const RootConfig& root : roots) {
    report->roots.push_back(
        {.name = root.name, .path = root.path, .status = {}, .census = {}, .labels = root.labels});
  }
  return report;
}

/// Each root takes two descriptors, and the soft limit is 1024 on many systems. It is that low for
/// programs that use select(2), which this one does not.
void raiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
  }
}

class Daemon {
 public:
  /// `access` is the result of the last `access_file.load()`.
  Daemon(const DaemonOptions& options, Config config, AccessFile& access_file, Access access)
      : options_(options),
        config_(std::move(config)),
        access_file_(access_file),
        first_access_(std::move(access)) {}

  int run();

 private:
  Result<void> start();
  Result<void> startServer();
  Result<void> startScanner();
  std::size_t threads() const;
  Result<void> reload();
  Problems reloadConfig();
  Problems applyAccess(Access access);
  void watchAccessFile(const std::stop_token& stop);
  void reloadAccess();
  void reportReload(const Problems& problems);
  void publishStatus();
  std::string statusLine() const;
  void serveUntilSignal(const sigset_t& signals);

  const DaemonOptions& options_;
  std::mutex reload_mutex_;  // guards what follows up to last_success_ once there are threads
  bool stopping_ = false;
  Config config_;
  bool config_good_ = true;  // whether the last reload of it succeeded
  bool access_good_ = true;
  std::chrono::system_clock::time_point last_success_;
  AccessFile& access_file_;
  Access first_access_;  // until the server has it
  std::optional<Scanner> scanner_;
  // Destroyed before the members above, because its threads call reload().
  std::unique_ptr<Server> server_;
  std::optional<LeavableThread> access_watch_;
};

int Daemon::run() {
  log::configure(config_.log.level, config_.log.format);
  logWarnings(first_access_);
  raiseDescriptorLimit();
  if (const auto why_not_layers = whyNoLayers(options_.paths)) {
    log::warn(*why_not_layers);
  }
  // Blocked before any thread exists: all threads inherit it, and no handler ever runs.
  const sigset_t signals = handledSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // A reload over HTTP waits until the scanner exists.
  std::unique_lock starting(reload_mutex_);
  if (const auto started = start(); !started) {
    stopping_ = true;
    const bool short_of_threads = started.error().code == EAGAIN;
    complain((short_of_threads ? threadShortage(threads()) : started.error()).message());
    return kExitUsage;
  }
  starting.unlock();
  serveUntilSignal(signals);

  log::info("stopping");
  service_manager::stopping();
  {
    // From here on reloads over HTTP are refused.
    const std::lock_guard lock(reload_mutex_);
    stopping_ = true;
  }
  if (access_watch_) {
    access_watch_->requestStop();
  }
  const bool watch_ended = !access_watch_ || access_watch_->waitFor(kShortPatience);
  const bool all_ended = scanner_->stop(kPatience) && watch_ended;
  server_->drain();
  if (!all_ended) {
    log::warn("a filesystem does not answer; ending the process without its thread");
    leaveHeldThreads(kExitOk);
  }
  return kExitOk;
}

/// With reload_mutex_ held.
Result<void> Daemon::start() {
  RETURN_IF_ERROR(startServer());
  last_success_ = std::chrono::system_clock::now();
  publishStatus();
  RETURN_IF_ERROR(startScanner());
  service_manager::ready(statusLine());
  return {};
}

/// The number of threads between censuses.
std::size_t Daemon::threads() const {
  constexpr std::size_t kMain = 1;
  const std::size_t access_watch = access_file_.path().empty() ? 0 : 1;
  return kMain + Server::threads(config_.web.max_requests) +
         Scanner::threads(config_.roots.size()) + access_watch;
}

Result<void> Daemon::startScanner() {
  return caught("watch the roots", [this]() -> Result<void> {
    scanner_.emplace(
        [this](const std::shared_ptr<const Report>& report) { server_->publish(report); });
    scanner_->configure(config_);
    if (!access_file_.path().empty()) {
      access_watch_.emplace([this](const std::stop_token& stop) { watchAccessFile(stop); });
    }
    return {};
  });
}

Result<void> Daemon::startServer() {
  ServerOptions options{.listen_addresses = config_.web.listen_addresses,
                        .max_requests = config_.web.max_requests,
                        .router = {.telemetry_path = config_.web.telemetry_path,
                                   .enable_lifecycle = config_.web.enable_lifecycle,
                                   .exporter_metrics = !config_.web.disable_exporter_metrics,
                                   .histograms = config_.metrics.histograms,
                                   .report = uncounted(config_.roots)},
                        .access = std::move(first_access_)};
  std::vector<Fd> sockets;
  if (config_.web.systemd_socket) {
    ASSIGN_OR_RETURN(sockets, service_manager::takeSockets());
  }
  Sandbox sandbox(options_.sandbox, config_.log.level == log::Level::debug);
  sandbox.enter(listenPorts(config_.web));
  auto server = Server::start(std::move(options),
                              {.reload = [this] { return reload(); },
                               .thread_started = [sandbox] { sandbox.enterThread(); }},
                              std::move(sockets));
  if (!server) {
    return server.error();
  }
  server_ = std::move(*server);
  log::info("started", {{"version", kVersion}, {"revision", kRevision}});
  if (const std::string missing = missingSystemCalls(); !missing.empty()) {
    log::info("this kernel or container lacks system calls; older ones are used",
              {{"missing", missing}});
  }
  for (const std::string& url : server_->urls()) {
    log::info("listening", {{"url", url}});
  }
  sandbox.seal();
  return {};
}

/// Loads both files again. If either has a problem, nothing changes.
Result<void> Daemon::reload() {
  const std::lock_guard lock(reload_mutex_);
  if (stopping_) {
    return Error{0, "stopping"};
  }
  service_manager::reloading();
  const auto loaded = caught("reload", [this]() -> Result<Problems> { return reloadConfig(); });
  Problems problems;
  if (loaded) {
    problems = *loaded;
  } else {
    // Without memory, threads or descriptors for the new configuration, the old one stays.
    config_good_ = false;
    const Error reason = loaded.error().code == EAGAIN ? threadShortage() : loaded.error();
    problems = {{options_.config_file.value_or(""), 0, "", reason.message()}};
  }
  reportReload(problems);
  if (problems.empty()) {
    log::info("configuration reloaded", {{"roots", config_.roots.size()}});
  }
  service_manager::ready(statusLine() +
                         (problems.empty() ? "" : "; the configuration file is bad"));
  return problems.empty() ? Result<void>() : Error{0, linesOf(problems)};
}

/// Puts both files into force, or neither, and returns their problems. With reload_mutex_ held.
Problems Daemon::reloadConfig() {
  auto loaded = effectiveConfig(options_);
  auto access = access_file_.load();
  config_good_ = static_cast<bool>(loaded);
  access_good_ = static_cast<bool>(access);
  Problems problems = problemsOf(loaded, access);
  if (problems.empty()) {
    problems = applyAccess(*std::move(access));
  }
  if (!problems.empty()) {
    return problems;
  }
  Config& fresh = *loaded;
  if (fresh.web != config_.web) {
    log::warn("changes under web: take effect after a restart");
  }
  fresh.web = config_.web;
  server_->setHistograms(fresh.metrics.histograms);
  scanner_->configure(fresh);
  config_ = std::move(fresh);
  log::configure(config_.log.level, config_.log.format);
  return {};
}

/// Logs the problems and publishes the outcome as metrics. With reload_mutex_ held.
void Daemon::reportReload(const Problems& problems) {
  for (const Problem& problem : problems) {
    log::error("configuration not reloaded", {{"problem", problem.message()}});
  }
  if (problems.empty()) {
    last_success_ = std::chrono::system_clock::now();
  }
  publishStatus();
}

/// Puts `access` into force. Returns the server's problem if it refuses.
/// With reload_mutex_ held.
Problems Daemon::applyAccess(Access access) {
  const auto tls = access.tls;
  logWarnings(access);
  if (const auto set = server_->setAccess(std::move(access)); !set) {
    access_good_ = false;
    return {{access_file_.path(), 0, "tls_server_config", set.error().message()}};
  }
  access_good_ = true;
  if (tls) {
    log::info("TLS", {{"certificate", tls->subject()}, {"expires", tls->expiry()}});
  }
  return {};
}

/// On the thread of access_watch_.
void Daemon::watchAccessFile(const std::stop_token& stop) {
  while (sleepFor(kAccessInterval, stop)) {
    try {
      if (access_file_.hasSettledChange()) {
        reloadAccess();
      }
    } catch (const std::exception& failure) {
      log::error("checking the web config file failed; will retry", {{"reason", failure.what()}});
    }
  }
}

void Daemon::reloadAccess() {
  auto access = access_file_.load();
  const std::lock_guard lock(reload_mutex_);
  if (stopping_) {
    return;
  }
  access_good_ = static_cast<bool>(access);
  const Problems problems = access ? applyAccess(*std::move(access)) : std::move(access).error();
  reportReload(problems);
  if (problems.empty()) {
    log::info("web configuration reloaded", {{"file", access_file_.path()}});
  }
}

/// With reload_mutex_ held.
void Daemon::publishStatus() {
  server_->setReloadStatus({.successful = config_good_ && access_good_,
                            .last_success = last_success_,
                            .scan_interval = config_.scan.interval});
}

std::string Daemon::statusLine() const {
  return fmt::format("watching {} root(s)", config_.roots.size());
}

/// Feeds the service manager's watchdog from this thread, which never waits for a filesystem: one
/// filesystem that hangs is no reason to kill the daemon.
void Daemon::serveUntilSignal(const sigset_t& signals) {
  const auto watchdog = service_manager::watchdogInterval();
  for (;;) {
    service_manager::alive();
    const int signal = waitForSignal(signals, watchdog);
    if (signal == SIGHUP) {
      (void)reload();
    } else if (signal > 0) {
      return;
    }
  }
}

}  // namespace

int runDaemon(const DaemonOptions& options) {
  auto config = effectiveConfig(options);
  AccessFile access_file(config ? config->web.config_file : options.web_config_file.value_or(""));
  auto access = access_file.load();
  Problems problems = problemsOf(config, access);
  if (auto why = whyNoRoot(options.paths, options.commands)) {
    problems.push_back({"", 0, "", std::move(*why)});
  }
  if (!problems.empty()) {
    for (const Problem& problem : problems) {
      complain(problem.message());
    }
    return kExitUsage;
  }
  if (options.config_check) {
    const std::size_t roots = config->roots.size();
    const std::string name = printable(options.config_file.value_or("configuration"));
    return put(fmt::format("{}: valid, {} root(s)\n", name, roots), stdout) ? kExitOk : kExitFailed;
  }
  return Daemon(options, *std::move(config), access_file, *std::move(access)).run();
}

}  // namespace hardlink
