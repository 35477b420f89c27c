#include "config/duration.h"

#include <array>
#include <cstdint>

#include "base/text.h"

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

constexpr std::string_view kDigits = "0123456789";

/// Removes the part before `end` from `text` and returns it; all of `text` if `end` is npos.
std::string_view takeUntil(std::string_view& text, std::size_t end) {
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(part.size());
  return part;
}

}  // namespace

std::optional<std::chrono::milliseconds> parseDuration(std::string_view text) {
  std::int64_t total = 0;
  std::size_t next_unit = 0;
  while (!text.empty()) {
    const std::string_view digits = takeUntil(text, text.find_first_not_of(kDigits));
    const std::string_view name = takeUntil(text, text.find_first_of(kDigits));
    const auto number = parseWhole<std::int64_t>(digits);
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
  if (!text.ends_with('%')) {
    return std::nullopt;
  }
  text.remove_suffix(1);
  const auto percent = parseWhole<double>(text);
  const bool is_share = percent && text[0] != '.' && *percent > 0 && *percent <= 100;
  return is_share ? std::optional(*percent / 100) : std::nullopt;
}

}  // namespace hardlink
