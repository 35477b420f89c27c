#include "base/terminal_text.h"

#include <langinfo.h>
#include <locale.h>
#include <unistd.h>

namespace hardlink {

bool takesUtf8(int fd) {
  if (isatty(fd) != 1) {
    return true;
  }
  // An object of its own: the program's own locale stays "C", on which no output depends.
  const locale_t locale = newlocale(LC_CTYPE_MASK, "", nullptr);
  if (locale == nullptr) {
    return false;
  }
  const bool utf8 = std::string_view(nl_langinfo_l(CODESET, locale)) == "UTF-8";
  freelocale(locale);
  return utf8;
}

std::string asciiOnly(std::string_view text, std::string_view escape) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80U) {
      out += c;
    } else {
      out.append(escape).append(1, kDigits[byte >> 4U]).append(1, kDigits[byte & 0xFU]);
    }
  }
  return out;
}

}  // namespace hardlink
