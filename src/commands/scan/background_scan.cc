#include "commands/scan/background_scan.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

#include "commands/progress_line.h"

namespace hardlink {

BackgroundScan::BackgroundScan(const std::vector<RootConfig>& roots, const CensusSettings& settings)
    : ended_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!ended_.valid()) {
    throw std::system_error(errno, std::generic_category(), "eventfd");
  }
  for (const RootConfig& root : roots) {
    roots_.push_back(std::make_unique<RootScanner>(root, settings));
  }
}

void BackgroundScan::begin() {
  report_.roots.clear();
  thread_.emplace([this](const std::stop_token& stop) {
    count(stop);
    (void)eventfd_write(ended_.get(), 1);
  });
}

void BackgroundScan::count(const std::stop_token& stop) {
  for (const auto& root : roots_) {
    const auto progress = std::make_shared<CensusProgress>();
    {
      const std::lock_guard lock(mutex_);
      progress_ = progress;
      begun_ = std::chrono::steady_clock::now();
    }
    RootReport report =
        stop.stop_requested()
            ? uncountedReport(root->root(), "interrupted before anything was counted")
            : root->scan(*progress, stop);
    const std::lock_guard lock(mutex_);
    progress_.reset();
    report_.roots.push_back(std::move(report));
  }
}

Report BackgroundScan::report() {
  thread_.reset();
  eventfd_t ignored = 0;
  (void)eventfd_read(ended_.get(), &ignored);
  return std::move(report_);
}

Report BackgroundScan::reportSoFar() {
  const std::lock_guard lock(mutex_);
  Report report = report_;
  for (std::size_t i = report.roots.size(); i < roots_.size(); ++i) {
    const bool hangs = i == report_.roots.size();
    report.roots.push_back(
        uncountedReport(roots_[i]->root(), hangs ? "interrupted, and the filesystem does not answer"
                                                 : "interrupted before anything was counted"));
  }
  return report;
}

std::string BackgroundScan::progress(std::size_t width, bool utf8) const {
  const std::lock_guard lock(mutex_);
  if (!progress_ || report_.roots.size() >= roots_.size()) {
    return {};
  }
  const RootScanner& root = *roots_[report_.roots.size()];
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begun_;
  return progressText(root.root().path, *progress_, elapsed.count(), root.expectedNames(), width,
                      utf8);
}

Signals::Signals(std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals) {
    sigaddset(&set, signal);
  }
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  fd_ = Fd(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd_.valid()) {
    throw std::system_error(errno, std::generic_category(), "signalfd");
  }
}

int Signals::next() const {
  signalfd_siginfo info{};
  const auto size = read(fd_.get(), &info, sizeof info);
  return size == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
}

RoundEnd awaitRound(BackgroundScan& scan, const Signals& signals) {
  using Clock = std::chrono::steady_clock;
  std::optional<Clock::time_point> deadline;
  for (;;) {
    int timeout = -1;
    if (deadline) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - Clock::now());
      if (left.count() <= 0) {
        return RoundEnd::hung;
      }
      timeout = static_cast<int>(left.count());
    }
    std::array<pollfd, 2> events = {{{scan.endedFd(), POLLIN, 0}, {signals.fd(), POLLIN, 0}}};
    (void)poll(events.data(), events.size(), timeout);
    if ((events[0].revents & POLLIN) != 0) {
      return deadline ? RoundEnd::interrupted : RoundEnd::done;
    }
    if (signals.next() > 0) {
      if (deadline) {
        return RoundEnd::abandoned;
      }
      scan.requestStop();
      deadline = Clock::now() + kPatienceForStop;
    }
  }
}

}  // namespace hardlink
