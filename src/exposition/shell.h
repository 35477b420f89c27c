#pragma once

/// Internal to exposition/: text in shell commands.

#include <string>
#include <string_view>

namespace hardlink {

/// `text` as one word of a shell's command line that means just these bytes, whatever they are. As
/// it is where that is safe, else in single quotes; with control characters or bytes that are not
/// UTF-8 as `$'…'`, which is printable ASCII (bash, zsh, ksh, POSIX 2024).
[[nodiscard]] std::string shellQuoted(std::string_view text);

/// A command line of words that shellQuoted() has made, with the same meaning and in ASCII.
[[nodiscard]] std::string commandInAscii(std::string_view line);

}  // namespace hardlink
