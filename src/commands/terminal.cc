#include "commands/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "base/utf8.h"

namespace hardlink::terminal {
namespace {

constexpr std::size_t kUsualWidth = 80;

winsize sizeOf(int fd) {
  winsize size{};
  if (ioctl(fd, TIOCGWINSZ, &size) != 0) {
    size = {};
  }
  return size;
}

std::optional<std::size_t> unlessZero(std::size_t value) {
  return value == 0 ? std::nullopt : std::optional(value);
}

}  // namespace

bool isTerminal(int fd) { return isatty(fd) == 1; }

std::optional<std::size_t> width(int fd) { return unlessZero(sizeOf(fd).ws_col); }

std::optional<std::size_t> height(int fd) { return unlessZero(sizeOf(fd).ws_row); }

bool movesCursor(int fd) {
  const char* const term = std::getenv("TERM");
  const bool dumb = term == nullptr || *term == '\0' || std::string_view(term) == "dumb";
  return isTerminal(fd) && !dumb;
}

bool wantsColor(int fd) {
  const char* const no_color = std::getenv("NO_COLOR");
  const bool refused = no_color != nullptr && *no_color != '\0';
  return movesCursor(fd) && !refused;
}

TableOptions tableOptions(int fd) {
  TableOptions options;
  if (isTerminal(fd)) {
    options.width = width(fd).value_or(kUsualWidth);
    options.color = wantsColor(fd);
    options.human = true;
    options.utf8 = takesUtf8(fd);
  }
  return options;
}

}  // namespace hardlink::terminal
