#pragma once

#include <string>
#include <string_view>

namespace hardlink {

/// Whether what goes to `fd` may be UTF-8. It may, unless `fd` is a terminal and the locale that
/// the environment asks for (LC_ALL, LC_CTYPE, LANG) has another character set or does not exist:
/// then everything is ASCII. The one place that decides this. Any thread.
[[nodiscard]] bool takesUtf8(int fd);

/// `text` with every byte that is not ASCII as `\xNN`, or with another start of the escape.
[[nodiscard]] std::string asciiOnly(std::string_view text, std::string_view escape = "\\x");

}  // namespace hardlink
