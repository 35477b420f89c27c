#include "base/utf8.h"

#include <langinfo.h>
#include <locale.h>
#include <unistd.h>

#include <cstddef>

namespace hardlink {
namespace {

void appendHexEscape(std::string& out, unsigned char byte) {
  static constexpr char kDigits[] = "0123456789abcdef";
  out += "\\x";
  out += kDigits[byte >> 4U];
  out += kDigits[byte & 0xFU];
}

/// The bounds of a sequence's second byte depend on the first (RFC 3629, table of section 4).
struct LeadByte {
  std::size_t length;
  unsigned char second_min;
  unsigned char second_max;
};

LeadByte classifyLeadByte(unsigned char byte) {
  if (byte < 0x80) return {1, 0, 0};
  if (byte < 0xC2) return {0, 0, 0};
  if (byte < 0xE0) return {2, 0x80, 0xBF};
  if (byte == 0xE0) return {3, 0xA0, 0xBF};
  if (byte == 0xED) return {3, 0x80, 0x9F};
  if (byte < 0xF0) return {3, 0x80, 0xBF};
  if (byte == 0xF0) return {4, 0x90, 0xBF};
  if (byte < 0xF4) return {4, 0x80, 0xBF};
  if (byte == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

/// Length of the well-formed sequence at the start of `text`, or 0.
std::size_t sequenceLength(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const LeadByte lead = classifyLeadByte(byte(0));
  if (lead.length <= 1 || lead.length > text.size()) {
    return lead.length == 1 ? 1 : 0;
  }
  if (byte(1) < lead.second_min || byte(1) > lead.second_max) {
    return 0;
  }
  for (std::size_t i = 2; i < lead.length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) {
      return 0;
    }
  }
  return lead.length;
}

bool isControl(std::string_view sequence) {
  const auto first = static_cast<unsigned char>(sequence[0]);
  if (sequence.size() == 1) {
    return first < 0x20 || first == 0x7F;
  }
  // U+0080..U+009F are C2 80..C2 9F.
  return sequence.size() == 2 && first == 0xC2 && static_cast<unsigned char>(sequence[1]) < 0xA0;
}

void appendControl(std::string& out, std::string_view sequence) {
  if (sequence == "\n") {
    out += "\\n";
    return;
  }
  for (const char byte : sequence) {
    appendHexEscape(out, static_cast<unsigned char>(byte));
  }
}

std::string sanitize(std::string_view text, bool escape_controls) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = sequenceLength(text);
    if (length == 0) {
      appendHexEscape(out, static_cast<unsigned char>(text[0]));
      text.remove_prefix(1);
      continue;
    }
    const std::string_view sequence = text.substr(0, length);
    if (escape_controls && isControl(sequence)) {
      appendControl(out, sequence);
    } else {
      out += sequence;
    }
    text.remove_prefix(length);
  }
  return out;
}

}  // namespace

std::string sanitizeUtf8(std::string_view text) { return sanitize(text, false); }

std::string printable(std::string_view text) { return sanitize(text, true); }

bool takesUtf8(int fd) {
  if (isatty(fd) != 1) {
    return true;
  }
  // Not setlocale(): the program's own locale stays "C", so that no output depends on it.
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
