#include "commands/scan/screen.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "base/error.h"
#include "commands/terminal.h"

namespace hardlink {
namespace {

// The terminal cuts lines that are too wide (?7l). If they wrapped, the frame would scroll.
constexpr std::string_view kEnter = "\033[?1049h\033[?25l\033[?7l\033[2J";
constexpr std::string_view kLeave = "\033[?7h\033[?25h\033[?1049l";
constexpr std::string_view kHome = "\033[H";
constexpr std::string_view kRestOfLine = "\033[K";
constexpr std::string_view kRestOfScreen = "\033[J";
constexpr std::size_t kUsualHeight = 24;

/// Ignores errors: a terminal that cannot be written to cannot show a message either.
void put(std::string_view text) {
  while (!text.empty()) {
    const auto written =
        retryOnEintr([&] { return write(STDOUT_FILENO, text.data(), text.size()); });
    if (written <= 0) {
      return;
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

bool inForeground() { return tcgetpgrp(STDIN_FILENO) == getpgrp(); }

}  // namespace

Screen::Screen() {
  has_keys_ = terminal::isTerminal(STDIN_FILENO) && inForeground() &&
              tcgetattr(STDIN_FILENO, &before_) == 0;
  enter();
}

Screen::~Screen() { leave(); }

void Screen::enter() {
  if (has_keys_) {
    termios keys = before_;
    keys.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    (void)tcsetattr(STDIN_FILENO, TCSANOW, &keys);
  }
  put(kEnter);
  entered_ = true;
}

void Screen::leave() {
  if (!entered_) {
    return;
  }
  put(kLeave);
  if (has_keys_) {
    (void)tcsetattr(STDIN_FILENO, TCSANOW, &before_);
  }
  entered_ = false;
}

void Screen::draw(const std::string& lines) const {
  const std::size_t height = terminal::height(STDOUT_FILENO).value_or(kUsualHeight);
  const auto all = static_cast<std::size_t>(std::count(lines.begin(), lines.end(), '\n'));
  const std::size_t shown = all > height ? height - 1 : all;
  std::string frame(kHome);
  // Each line is erased before it is written. After a line as wide as the terminal the cursor still
  // stands on the last character, and erasing then would remove that.
  const auto add = [&](std::string_view line, bool is_last) {
    frame.append(is_last ? kRestOfScreen : kRestOfLine).append(line).append(is_last ? "" : "\r\n");
  };
  std::string_view rest = lines;
  for (std::size_t i = 0; i < shown; ++i) {
    const std::size_t end = rest.find('\n');
    add(rest.substr(0, end), i + 1 == all);
    rest.remove_prefix(end + 1);
  }
  if (shown < all) {
    add(fmt::format("({} more lines)", all - shown), true);
  }
  put(frame);
}

void Screen::drawTop(const std::string& line) const {
  put(std::string(kHome).append(kRestOfLine).append(line));
}

}  // namespace hardlink
