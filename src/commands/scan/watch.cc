#include "commands/scan/scan.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <optional>
#include <string_view>
#include <utility>

#include "base/time.h"
#include "base/utf8.h"
#include "commands/scan/screen.h"
#include "commands/standard_streams.h"
#include "commands/terminal.h"
#include "exposition/terminal/columns.h"

namespace hardlink {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kProgressEvery{200};
constexpr std::size_t kUsualWidth = 80;

std::string inSeconds(std::chrono::milliseconds duration) {
  return fmt::format("{:g} s", std::chrono::duration<double>(duration).count());
}

/// Counts round after round until the user ends it, and shows each round.
class Watch {
 public:
  Watch(BackgroundScan& scan, const Signals& signals, std::chrono::milliseconds interval,
        const RenderRound& render)
      : scan_(scan), signals_(signals), interval_(interval), render_(render) {
    if (terminal::movesCursor(STDOUT_FILENO)) {
      screen_.emplace();
    }
  }

  bool run();

 private:
  void begin();
  /// Waits for the next event and handles it; false at the end.
  bool step();
  void roundHasEnded();
  [[nodiscard]] bool readKeys();
  /// Whether to go on after `signal`.
  [[nodiscard]] bool handle(int signal);
  [[nodiscard]] int timeout() const;
  [[nodiscard]] std::string topLine() const;
  void show();
  void endRound();

  BackgroundScan& scan_;
  const Signals& signals_;
  const std::chrono::milliseconds interval_;
  const RenderRound& render_;
  std::optional<Screen> screen_;  // unset: one table after the other
  std::optional<Report> before_;
  std::optional<Report> now_;
  std::string ended_at_;
  bool counting_ = false;
  bool keys_ended_ = false;
  Clock::time_point begun_;
  Clock::time_point next_;
};

bool Watch::run() {
  begin();
  show();
  while (step()) {
  }
  endRound();
  return !now_ || std::all_of(now_->roots.begin(), now_->roots.end(), [](const RootReport& root) {
    return root.status.up.value_or(false);
  });
}

void Watch::begin() {
  begun_ = Clock::now();
  counting_ = true;
  scan_.begin();
}

int Watch::timeout() const {
  if (counting_) {
    return screen_ ? static_cast<int>(kProgressEvery.count()) : -1;
  }
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(next_ - Clock::now());
  return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
}

bool Watch::step() {
  const bool keys = screen_ && screen_->hasKeys() && !keys_ended_;
  std::array<pollfd, 3> events = {{{signals_.fd(), POLLIN, 0},
                                   {scan_.endedFd(), POLLIN, 0},
                                   {keys ? STDIN_FILENO : -1, POLLIN, 0}}};
  (void)poll(events.data(), events.size(), timeout());
  if (const int signal = signals_.next(); signal > 0 && !handle(signal)) {
    return false;
  }
  if (events[2].revents != 0 && !readKeys()) {
    return false;
  }
  if (counting_ && (events[1].revents & POLLIN) != 0) {
    roundHasEnded();
  } else if (counting_ && screen_) {
    screen_->drawTop(topLine());
  } else if (!counting_ && Clock::now() >= next_) {
    begin();
  }
  return true;
}

void Watch::roundHasEnded() {
  counting_ = false;
  before_ = std::exchange(now_, scan_.report());
  ended_at_ = rfc3339(std::chrono::system_clock::now());
  const auto now = Clock::now();
  next_ = std::max(begun_ + interval_, now + (now - begun_));
  show();
}

bool Watch::readKeys() {
  std::array<char, 64> keys{};
  const auto size = read(STDIN_FILENO, keys.data(), keys.size());
  if (size <= 0) {
    keys_ended_ = true;
    return true;
  }
  const std::string_view pressed(keys.data(), static_cast<std::size_t>(size));
  return pressed.find_first_of("qQ") == std::string_view::npos;
}

bool Watch::handle(int signal) {
  switch (signal) {
    case SIGWINCH:
      show();
      return true;
    case SIGTSTP:
      if (screen_) {
        screen_->leave();
      }
      (void)raise(SIGSTOP);
      if (screen_) {
        screen_->enter();
      }
      show();
      return true;
    default:
      return false;
  }
}

std::string Watch::topLine() const {
  const std::size_t width = terminal::width(STDOUT_FILENO).value_or(kUsualWidth);
  if (counting_) {
    const std::string progress = scan_.progress(width, takesUtf8(STDOUT_FILENO));
    if (!now_ || Clock::now() - begun_ > 2 * kProgressEvery) {
      return progress.empty() ? "counting" : progress;
    }
  }
  const std::string every = inSeconds(interval_);
  for (const std::string& line : {fmt::format("Every {}, last at {}; q quits", every, ended_at_),
                                  fmt::format("Every {}; {}", every, ended_at_), ended_at_}) {
    if (columnsOf(line) < width) {
      return line;
    }
  }
  return {};
}

void Watch::show() {
  const std::string table = now_ ? render_(*now_, before_ ? &*before_ : nullptr) : "";
  if (screen_) {
    screen_->draw(topLine() + "\n" + (table.empty() ? "" : "\n") + table);
  } else if (now_) {
    (void)std::printf("%s\n%s\n", ended_at_.c_str(), table.c_str());
    (void)std::fflush(stdout);
  }
}

/// Stops a round that is under way. Its result is not shown, so the wait is short.
void Watch::endRound() {
  if (!counting_) {
    return;
  }
  scan_.requestStop();
  pollfd ended = {scan_.endedFd(), POLLIN, 0};
  if (poll(&ended, 1, static_cast<int>(kPatienceForStop.count())) == 1) {
    (void)scan_.report();
    return;
  }
  screen_.reset();
  complain("scan", "a filesystem does not answer; leaving it");
  leaveHeldThreads(kExitFailed);
}

}  // namespace

bool watchRounds(BackgroundScan& scan, const Signals& signals, std::chrono::milliseconds interval,
                 const RenderRound& render) {
  return Watch(scan, signals, interval, render).run();
}

}  // namespace hardlink
