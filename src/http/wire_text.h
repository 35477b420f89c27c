#pragma once

/// What the texts of HTTP and of URLs are made of.

#include <charconv>
#include <optional>
#include <string>
#include <string_view>

namespace hardlink {

/// The white space that HTTP allows around values.
inline constexpr std::string_view kWireSpace = " \t";

/// What follows `prefix`, in whatever case, at the start of `text`; nothing if it starts otherwise.
[[nodiscard]] std::optional<std::string_view> after(std::string_view text, std::string_view prefix);

/// `text` with each `%XX` the byte that it stands for; nothing where a percent sign is not followed
/// by two hexadecimal digits.
[[nodiscard]] std::optional<std::string> percentDecoded(std::string_view text);

/// The number that the whole of `text` is; nothing if it is none, or one that does not fit.
template <class Number>
[[nodiscard]] std::optional<Number> wholeNumber(std::string_view text, int base = 10) {
  Number number = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number, base);
  return error == std::errc{} && stopped == end ? std::optional(number) : std::nullopt;
}

}  // namespace hardlink
