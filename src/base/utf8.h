#pragma once

#include <string>
#include <string_view>

namespace hardlink {

/// `text` with every byte that is not part of a well-formed UTF-8 sequence (RFC 3629: no overlong
/// forms, no surrogates, nothing above U+10FFFF) written as `\xNN`, two lower-case hex digits.
/// Everything else is kept, newlines and control characters included: each output format escapes
/// those itself.
[[nodiscard]] std::string sanitizeUtf8(std::string_view text);

/// sanitizeUtf8() with control characters (C0, DEL, C1) written as `\xNN` too and a newline as
/// `\n`: for terminals and one-line messages, where a name must not move the cursor.
[[nodiscard]] std::string printable(std::string_view text);

/// Whether output to `fd` may be UTF-8. It must be ASCII if `fd` is a terminal and the locale of
/// the environment (LC_ALL, LC_CTYPE, LANG) has another character set or does not exist. No other
/// code decides this. Any thread.
[[nodiscard]] bool takesUtf8(int fd);

/// `text` with every byte that is not ASCII written as `escape` and two hex digits.
[[nodiscard]] std::string asciiOnly(std::string_view text, std::string_view escape = "\\x");

}  // namespace hardlink
