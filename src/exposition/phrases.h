#pragma once

/// Internal to exposition/: pieces of sentences.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "exposition/number.h"

namespace hardlink {

/// What stands for a figure that is not known.
inline constexpr std::string_view kUnknown = "-";

/// A figure with its noun: `1 layer`, `7,147,595 names`.
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view one, std::string_view many);

template <class Number>
[[nodiscard]] std::string orUnknown(const std::optional<Number>& number) {
  return number ? thousands(*number) : std::string(kUnknown);
}

}  // namespace hardlink
