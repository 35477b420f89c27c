#include "exposition/shell.h"

#include <algorithm>

#include "base/utf8.h"

namespace hardlink {
namespace {

bool isPlain(char c) {
  constexpr std::string_view kOthers = "_./:@%+=,-";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kOthers.find(c) != std::string_view::npos;
}

std::string inSingleQuotes(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

/// Three octal digits: more would belong to what follows in none of the shells.
void appendOctal(std::string& out, unsigned char byte) {
  out += '\\';
  for (const unsigned shift : {6U, 3U, 0U}) {
    out += "01234567"[(unsigned{byte} >> shift) & 7U];
  }
}

std::string inAnsiQuotes(std::string_view text) {
  std::string out = "$'";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f && c != '\'' && c != '\\') {
      out += c;
    } else {
      appendOctal(out, byte);
    }
  }
  return out + "'";
}

}  // namespace

std::string shellQuoted(std::string_view text) {
  if (!text.empty() && std::all_of(text.begin(), text.end(), isPlain)) {
    return std::string(text);
  }
  // printable() changes what a terminal should not be shown, and nothing else.
  return printable(text) == text ? inSingleQuotes(text) : inAnsiQuotes(text);
}

std::string commandInAscii(std::string_view line) {
  // Only single quotes hold such bytes. They are left for `$'…'` and entered again.
  std::string out;
  bool escaping = false;
  for (const char c : line) {
    const auto byte = static_cast<unsigned char>(c);
    if (const bool escape = byte >= 0x80; escape != escaping) {
      out += escape ? "'$'" : "''";
      escaping = escape;
    }
    if (escaping) {
      appendOctal(out, byte);
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace hardlink
