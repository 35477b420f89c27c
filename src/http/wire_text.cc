#include "http/wire_text.h"

#include <strings.h>

namespace hardlink {

std::optional<std::string_view> after(std::string_view text, std::string_view prefix) {
  if (text.size() < prefix.size() || strncasecmp(text.data(), prefix.data(), prefix.size()) != 0) {
    return std::nullopt;
  }
  return text.substr(prefix.size());
}

std::optional<std::string> percentDecoded(std::string_view text) {
  std::string bytes;
  while (!text.empty()) {
    if (text.front() != '%') {
      bytes += text.front();
      text.remove_prefix(1);
      continue;
    }
    const std::string_view digits = text.substr(1, 2);
    const auto byte = wholeNumber<unsigned char>(digits, 16);
    if (!byte || digits.size() != 2) {
      return std::nullopt;
    }
    bytes += static_cast<char>(*byte);
    text.remove_prefix(3);
  }
  return bytes;
}

}  // namespace hardlink
