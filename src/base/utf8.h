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

}  // namespace hardlink
