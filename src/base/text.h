#pragma once

/// Joins, splits and parses text. Pure functions; any thread.

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace hardlink {

/// The white space that HTTP allows around values.
inline constexpr std::string_view kHttpSpace = " \t";

/// `text` without the characters of `space` at its ends.
[[nodiscard]] std::string_view trimmed(std::string_view text, std::string_view space);

/// `text` after `prefix`, which matches in any case; nullopt if `text` does not start with it.
[[nodiscard]] std::optional<std::string_view> stripPrefix(std::string_view text,
                                                          std::string_view prefix);

/// The lines of `text`, without their newlines; the last line may lack one. They refer to `text`.
[[nodiscard]] std::vector<std::string_view> linesOf(std::string_view text);

/// The strings of the range `texts` with `separator` between them.
template <class Texts>
[[nodiscard]] std::string joined(const Texts& texts, std::string_view separator = ", ") {
  std::string out;
  for (const std::string_view text : texts) {
    out.append(out.empty() ? "" : separator).append(text);
  }
  return out;
}

/// "a, b or c".
[[nodiscard]] std::string alternatives(const std::vector<std::string_view>& words);

/// Parses all of `text` as a number; nullopt if it is not a number, or if the number does not fit.
/// Refuses spaces, a plus sign, a minus sign for an unsigned Number, and an exponent for a floating
/// one.
template <class Number>
[[nodiscard]] std::optional<Number> parseWhole(std::string_view text, int base = 10) {
  Number number = 0;
  const char* const end = text.data() + text.size();
  std::from_chars_result parsed{};
  if constexpr (std::is_floating_point_v<Number>) {
    parsed = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  } else {
    parsed = std::from_chars(text.data(), end, number, base);
  }
  return parsed.ec == std::errc{} && parsed.ptr == end ? std::optional(number) : std::nullopt;
}

/// `text` with each `%XX` decoded to one byte; nullopt if a percent sign comes without two
/// hexadecimal digits.
[[nodiscard]] std::optional<std::string> percentDecoded(std::string_view text);

/// The one of `words` that `word` was most likely meant to be: the one with the fewest slips. A
/// slip is a letter that is wrong, missing, added, or swapped with its neighbour. A word with more
/// slips than one, or than a third of its letters, is never suggested. nullopt if `word` is one of
/// `words`.
[[nodiscard]] std::optional<std::string_view> suggestion(
    std::string_view word, const std::vector<std::string_view>& words);

}  // namespace hardlink
