#include "config/duration.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <system_error>

namespace hardlink {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};

constexpr std::array kUnits = {
    Unit{"y", 365LL * 24 * 3600 * 1000},
    Unit{"w", 7LL * 24 * 3600 * 1000},
    Unit{"d", 24LL * 3600 * 1000},
    Unit{"h", 3600LL * 1000},
    Unit{"m", 60LL * 1000},
    Unit{"s", 1000},
    Unit{"ms", 1},
};

constexpr std::int64_t kLongest = 10 * kUnits[0].milliseconds;

bool isDigit(char c) { return c >= '0' && c <= '9'; }

/// Takes the digits at the start of `text` off it.
std::optional<std::int64_t> takeNumber(std::string_view& text) {
  std::int64_t number = 0;
  // from_chars would take a sign.
  if (text.empty() || !isDigit(text[0])) {
    return std::nullopt;
  }
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || number > kLongest) {
    return std::nullopt;
  }
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

/// Takes the letters at the start of `text` off it.
std::string_view takeUnit(std::string_view& text) {
  std::size_t length = 0;
  while (length < text.size() && !isDigit(text[length])) {
    ++length;
  }
  const std::string_view unit = text.substr(0, length);
  text.remove_prefix(length);
  return unit;
}

}  // namespace

std::optional<std::chrono::milliseconds> parseDuration(std::string_view text) {
  std::int64_t total = 0;
  std::size_t next_unit = 0;
  while (!text.empty()) {
    const std::optional<std::int64_t> number = takeNumber(text);
    const std::string_view name = takeUnit(text);
    while (next_unit < kUnits.size() && kUnits[next_unit].name != name) {
      ++next_unit;
    }
    if (!number || next_unit == kUnits.size() ||
        *number > (kLongest - total) / kUnits[next_unit].milliseconds) {
      return std::nullopt;
    }
    total += *number * kUnits[next_unit].milliseconds;
    ++next_unit;
  }
  return total > 0 ? std::optional(std::chrono::milliseconds(total)) : std::nullopt;
}

std::optional<double> parsePercentage(std::string_view text) {
  if (text.size() < 2 || text.back() != '%' || !isDigit(text[0])) {
    return std::nullopt;
  }
  text.remove_suffix(1);
  double percent = 0;
  const auto [end, failure] =
      std::from_chars(text.data(), text.data() + text.size(), percent, std::chars_format::fixed);
  if (failure != std::errc() || end != text.data() + text.size() || percent <= 0 || percent > 100) {
    return std::nullopt;
  }
  return percent / 100;
}

}  // namespace hardlink
