#pragma once

/// Text put together and taken apart. Pure functions; any thread.

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace hardlink {

/// The white space that HTTP allows around values.
inline constexpr std::string_view kHttpSpace = " \t";

/// `text` without any of `space` at its ends.
[[nodiscard]] std::string_view trimmed(std::string_view text, std::string_view space);

/// What follows `prefix`, in whatever case, at the start of `text`; nothing if it starts otherwise.
[[nodiscard]] std::optional<std::string_view> stripPrefix(std::string_view text,
                                                          std::string_view prefix);

/// The lines of `text`, without their ends; the last need not have one. They are parts of `text`.
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

/// The number that the whole of `text` is; nothing if it is none, or one that does not fit. No
/// space, no plus sign, no minus sign for an unsigned Number, no exponent for a floating one.
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

/// `text` with each `%XX` the byte that it stands for; nothing where a percent sign is not followed
/// by two hexadecimal digits.
[[nodiscard]] std::optional<std::string> percentDecoded(std::string_view text);

/// Which of `words` was most likely meant by `word`: the one with the fewest slips (a letter wrong,
/// missing, added, or swapped with its neighbour), as far as these are no more than a third of its
/// letters, or one. Nothing for one of the words itself.
[[nodiscard]] std::optional<std::string_view> suggestion(
    std::string_view word, const std::vector<std::string_view>& words);

}  // namespace hardlink
