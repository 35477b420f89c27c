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
  // Negated as unsigned: the lowest value has no positive counterpart.
  return "-" + thousands(std::uint64_t{0} - static_cast<std::uint64_t>(value));
}

}  // namespace hardlink
