#include "exposition/number.h"

#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

namespace hardlink {
namespace {

constexpr double kExactIntegers = 9007199254740992.0;  // 2^53

std::string notFinite(double value) {
  if (std::isnan(value)) {
    return "NaN";
  }
  return value < 0 ? "-Inf" : "+Inf";
}

std::string shortest(double value, std::chars_format format) {
  std::array<char, 64> digits{};
  const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), value, format);
  return {digits.data(), written.ptr};
}

std::string grouped(std::string digits) {
  for (std::size_t end = digits.size(); end > 3; end -= 3) {
    digits.insert(end - 3, 1, ',');
  }
  return digits;
}

/// The absolute value; as unsigned, since the lowest value has no positive counterpart.
std::uint64_t magnitude(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  return value < 0 ? std::uint64_t{0} - bits : bits;
}

/// `value` in units of `unit`, rounded to three digits; 1000 units where that is what it comes to.
std::string inUnits(std::uint64_t value, std::uint64_t unit) {
  const std::uint64_t whole = value / unit;
  const std::size_t decimals = whole < 10 ? 2 : whole < 100 ? 1 : 0;
  const std::uint64_t step = decimals == 2 ? unit / 100 : decimals == 1 ? unit / 10 : unit;
  const std::uint64_t steps = value / step + (value % step >= step - step / 2 ? 1 : 0);
  std::string digits = std::to_string(steps);
  if (decimals == 0) {
    return digits;
  }
  digits.insert(digits.size() - decimals, 1, '.');
  digits.erase(digits.find_last_not_of('0') + 1);
  return digits.ends_with('.') ? digits.substr(0, digits.size() - 1) : digits;
}

}  // namespace

std::string canonicalFloat(double value) {
  if (!std::isfinite(value)) {
    return notFinite(value);
  }
  std::string text = shortest(value, std::chars_format::general);
  if (text.find_first_of(".e") == std::string::npos) {
    text += ".0";
  }
  return text;
}

std::string sampleValue(double value) {
  if (!std::isfinite(value)) {
    return notFinite(value);
  }
  if (std::trunc(value) == value && std::abs(value) < kExactIntegers) {
    return std::to_string(static_cast<std::int64_t>(value));
  }
  const double size = std::abs(value);
  const bool plain = size >= 1e-4 && size < kExactIntegers;
  return shortest(value, plain ? std::chars_format::fixed : std::chars_format::general);
}

std::string thousands(std::uint64_t value) { return grouped(std::to_string(value)); }

std::string thousands(std::int64_t value) {
  if (value >= 0) {
    return thousands(static_cast<std::uint64_t>(value));
  }
  return "-" + thousands(magnitude(value));
}

std::string compact(std::uint64_t value) {
  constexpr std::uint64_t kFirstThatIsShortened = 10000;
  constexpr std::string_view kUnits = "kMGTPE";
  if (value < kFirstThatIsShortened) {
    return thousands(value);
  }
  std::uint64_t unit = 1000;
  for (const char letter : kUnits.substr(0, kUnits.size() - 1)) {
    const std::string text = inUnits(value, unit);
    if (value / unit < 1000 && text != "1000") {
      return text + letter;
    }
    unit *= 1000;
  }
  return inUnits(value, unit) + kUnits.back();
}

std::string byteSize(std::uint64_t bytes) {
  constexpr std::string_view kUnits = "KMGTPE";
  if (bytes < 1024) {
    return std::to_string(bytes) + (bytes == 1 ? " byte" : " bytes");
  }
  auto value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  // From 1023.5 on it would be written as 1024.
  for (; value >= 1023.5 && unit + 1 < kUnits.size(); ++unit) {
    value /= 1024;
  }
  // Tenths below 100, without a zero at the end.
  const auto tenths = std::lround(value * 10);
  std::string text =
      value >= 99.95 ? std::to_string(std::lround(value)) : std::to_string(tenths / 10);
  if (value < 99.95 && tenths % 10 > 0) {
    text += "." + std::to_string(tenths % 10);
  }
  return text + " " + kUnits[unit] + "iB";
}

std::string compact(std::int64_t value) {
  return (value < 0 ? "-" : "") + compact(magnitude(value));
}

}  // namespace hardlink
