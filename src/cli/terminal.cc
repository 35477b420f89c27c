#include "cli/terminal.h"

#include <langinfo.h>
#include <locale.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

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

bool isUtf8() {
  // An object of its own: the program's own locale stays "C", on which no output depends.
  const locale_t locale = newlocale(LC_CTYPE_MASK, "", nullptr);
  if (locale == nullptr) {
    return false;
  }
  const bool utf8 = std::string_view(nl_langinfo_l(CODESET, locale)) == "UTF-8";
  freelocale(locale);
  return utf8;
}

TableOptions tableOptions(int fd) {
  TableOptions options;
  if (isTerminal(fd)) {
    options.width = width(fd).value_or(kUsualWidth);
    options.color = wantsColor(fd);
    options.human = true;
    options.utf8 = isUtf8();
  }
  return options;
}

}  // namespace hardlink::terminal
