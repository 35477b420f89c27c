#pragma once

/// Internal to exposition/: how many columns of a terminal text takes.

#include <cstddef>
#include <string_view>

namespace hardlink {

/// Columns of one code point in a terminal with a fixed-width font: 0 for what combines with the
/// character before it and for what cannot be seen, 2 for what is wide in East Asian typography
/// (ideographs, Hangul syllables, most emoji), else 1. By Unicode's own tables, as wcwidth(3) has
/// them, but whatever the locale is.
[[nodiscard]] std::size_t displayWidth(char32_t code_point);

/// The code point that well-formed UTF-8 begins with, and its length in bytes.
struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 0;
};
[[nodiscard]] CodePoint firstCodePoint(std::string_view text);

}  // namespace hardlink
