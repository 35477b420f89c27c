#include "http/query.h"

#include <algorithm>
#include <charconv>
#include <map>

namespace hardlink {
namespace {

constexpr const char* kExpected = "expected root=NAME and either layer=NAME or inode=N, each once";

std::optional<char> byteOf(std::string_view digits) {
  unsigned value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  const bool whole = error == std::errc{} && end == digits.data() + digits.size();
  return whole && digits.size() == 2 ? std::optional(static_cast<char>(value)) : std::nullopt;
}

/// Nothing where a percent sign is not followed by two hexadecimal digits.
std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (text.front() != '%') {
      out += text.front() == '+' ? ' ' : text.front();
      text.remove_prefix(1);
      continue;
    }
    const std::optional<char> byte = byteOf(text.substr(1, 2));
    if (!byte) {
      return std::nullopt;
    }
    out += *byte;
    text.remove_prefix(3);
  }
  return out;
}

/// Nothing where it is malformed or says something twice.
std::optional<std::map<std::string, std::string>> parameters(std::string_view query) {
  std::map<std::string, std::string> found;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) {
      return std::nullopt;
    }
    const std::optional<std::string> value = decoded(pair.substr(equals + 1));
    if (!value || !found.emplace(pair.substr(0, equals), *value).second) {
      return std::nullopt;
    }
  }
  return found;
}

std::optional<std::uint64_t> number(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole ? std::optional(value) : std::nullopt;
}

}  // namespace

Result<Explained> parseExplained(std::string_view query) {
  auto found = parameters(query);
  if (!found || found->size() != 2 || !found->contains("root")) {
    return Error{0, kExpected};
  }
  Explained what;
  what.root = found->at("root");
  if (found->contains("layer")) {
    what.layer = found->at("layer");
  } else if (found->contains("inode")) {
    what.inode = number(found->at("inode"));
  }
  if (what.layer.empty() && !what.inode) {
    return Error{0, kExpected};
  }
  return what;
}

}  // namespace hardlink
