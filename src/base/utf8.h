#pragma once

#include <string>
#include <string_view>

namespace hardlink {

/// `text` with every byte that is not part of a well-formed UTF-8 sequence (RFC 3629: no overlong
/// forms, no surrogates, nothing above U+10FFFF) written as `\xNN`, two lower-case hex digits.
/// Everything else, newlines and control characters included, is kept: escaping those is the
/// business of the format that the text goes into.
[[nodiscard]] std::string sanitizeUtf8(std::string_view text);

/// sanitizeUtf8() with control characters (C0, DEL, C1) written as `\xNN` too and a newline as
/// `\n`: for terminals and one-line messages, where a name must not move the cursor.
[[nodiscard]] std::string printable(std::string_view text);

/// Whether what goes to `fd` may be UTF-8. It may, unless `fd` is a terminal and the locale that
/// the environment asks for (LC_ALL, LC_CTYPE, LANG) has another character set or does not exist:
/// then everything is ASCII. The one place that decides this. Any thread.
[[nodiscard]] bool takesUtf8(int fd);

/// `text` with every byte that is not ASCII as `\xNN`, or with another start of the escape.
[[nodiscard]] std::string asciiOnly(std::string_view text, std::string_view escape = "\\x");

}  // namespace hardlink
