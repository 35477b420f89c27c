#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/log.h"
#include "base/version.h"
#include "cli/commands.h"
#include "cli/effective_config.h"
#include "cli/service_manager.h"
#include "http/server.h"
#include "scanner/scanner.h"

namespace hardlink {
namespace {

/// How long a census may take to notice that it should stop, at the end of the process.
constexpr std::chrono::milliseconds kPatience{700};

void printProblems(const std::vector<ConfigProblem>& problems) {
  for (const ConfigProblem& problem : problems) {
    (void)std::fprintf(stderr, "hardlink_exporter: %s\n", problem.message().c_str());
  }
}

sigset_t handledSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGHUP);
  return signals;
}

int waitForSignal(const sigset_t& signals) {
  return retryOnEintr([&] { return sigwaitinfo(&signals, nullptr); });
}

/// The signal, or -1 when none came in time.
int waitForSignal(const sigset_t& signals, std::chrono::microseconds time) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  const timespec timeout{
      .tv_sec = seconds.count(),
      .tv_nsec = std::chrono::nanoseconds(time - seconds).count(),
  };
  return retryOnEintr([&] { return sigtimedwait(&signals, nullptr, &timeout); });
}

std::string urlOf(const std::string& address, int port) {
  const std::string host = address.substr(0, address.rfind(':'));
  return "http://" + (host.empty() ? "localhost" : host) + ":" + std::to_string(port);
}

class Daemon {
 public:
  Daemon(const DaemonOptions& options, Config config)
      : options_(options), config_(std::move(config)) {}

  int run();

 private:
  std::optional<Error> startServer();
  std::optional<Error> reload();
  std::optional<Error> reloadConfig();
  std::string statusLine() const;
  void waitForTheEnd(const sigset_t& signals);

  const DaemonOptions& options_;
  std::mutex reload_mutex_;  // guards config_, reload_status_ and stopping_ once there are threads
  bool stopping_ = false;
  Config config_;
  ReloadStatus reload_status_;
  std::optional<Scanner> scanner_;
  // Ended first: its threads call reload().
  std::unique_ptr<Server> server_;
};

int Daemon::run() {
  log::configure(config_.log.level, config_.log.format);
  // Blocked before any thread exists, so that all of them inherit it and no handler ever runs.
  const sigset_t signals = handledSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // A reload that is asked for over HTTP waits until there is something to configure.
  std::unique_lock starting(reload_mutex_);
  if (const auto error = startServer()) {
    (void)std::fprintf(stderr, "hardlink_exporter: %s\n", error->message().c_str());
    return kExitUsage;
  }
  reload_status_.last_success = std::chrono::system_clock::now();
  server_->setReloadStatus(reload_status_);
  scanner_.emplace(
      [this](const std::shared_ptr<const Report>& report) { server_->publish(report); });
  scanner_->configure(config_);
  service_manager::ready(statusLine());
  starting.unlock();
  waitForTheEnd(signals);

  log::info("stopping");
  service_manager::stopping();
  {
    // From here on a reload that is still asked for over HTTP is refused.
    const std::lock_guard lock(reload_mutex_);
    stopping_ = true;
  }
  const bool all_ended = scanner_->stop(kPatience);
  if (!all_ended) {
    // A filesystem holds a thread: only the end of the process can end it.
    log::warn("a filesystem does not answer; leaving its thread behind");
    std::_Exit(kExitOk);
  }
  return kExitOk;
}

std::optional<Error> Daemon::startServer() {
  ServerOptions options{.listen_addresses = config_.web.listen_addresses,
                        .max_requests = config_.web.max_requests,
                        .router = {.telemetry_path = config_.web.telemetry_path,
                                   .enable_lifecycle = config_.web.enable_lifecycle}};
  auto server = Server::start(std::move(options), {.reload = [this] { return reload(); }});
  if (!server) {
    return server.error();
  }
  server_ = std::move(*server);
  log::info("started", {{"version", kVersion}, {"revision", kRevision}});
  const std::vector<int> ports = server_->ports();
  for (std::size_t i = 0; i < ports.size(); ++i) {
    log::info("listening", {{"url", urlOf(config_.web.listen_addresses[i], ports[i])}});
  }
  return std::nullopt;
}

std::optional<Error> Daemon::reload() {
  const std::lock_guard lock(reload_mutex_);
  if (stopping_) {
    return Error{0, "stopping"};
  }
  service_manager::reloading();
  auto error = reloadConfig();
  service_manager::ready(statusLine() + (error ? "; the configuration file is bad" : ""));
  return error;
}

/// With reload_mutex_ held.
std::optional<Error> Daemon::reloadConfig() {
  auto loaded = effectiveConfig(options_);
  if (const auto* problems = std::get_if<std::vector<ConfigProblem>>(&loaded)) {
    std::string text;
    for (const ConfigProblem& problem : *problems) {
      log::error("configuration not reloaded", {{"problem", problem.message()}});
      text += (text.empty() ? "" : "\n") + problem.message();
    }
    reload_status_.successful = false;
    server_->setReloadStatus(reload_status_);
    return Error{0, text};
  }
  auto& fresh = std::get<Config>(loaded);
  if (fresh.web != config_.web) {
    log::warn("changes under web: take effect after a restart");
  }
  fresh.web = config_.web;
  config_ = std::move(fresh);
  log::configure(config_.log.level, config_.log.format);
  scanner_->configure(config_);
  reload_status_ = {.successful = true, .last_success = std::chrono::system_clock::now()};
  server_->setReloadStatus(reload_status_);
  log::info("configuration reloaded", {{"roots", config_.roots.size()}});
  return std::nullopt;
}

std::string Daemon::statusLine() const {
  return "watching " + std::to_string(config_.roots.size()) + " root(s)";
}

/// The service manager's watchdog is fed from here and not by those who wait for filesystems: one
/// that hangs is no reason to be killed.
void Daemon::waitForTheEnd(const sigset_t& signals) {
  const auto watchdog = service_manager::watchdogInterval();
  for (;;) {
    service_manager::alive();
    const int signal = watchdog ? waitForSignal(signals, *watchdog) : waitForSignal(signals);
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
  if (const auto* problems = std::get_if<std::vector<ConfigProblem>>(&config)) {
    printProblems(*problems);
    return kExitUsage;
  }
  if (options.config_check) {
    (void)std::printf("%s: valid, %zu root(s)\n",
                      options.config_file.value_or("configuration").c_str(),
                      std::get<Config>(config).roots.size());
    return kExitOk;
  }
  return Daemon(options, std::get<Config>(std::move(config))).run();
}

}  // namespace hardlink
