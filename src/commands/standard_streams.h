#pragma once

/// What every command prints goes through here, so that it fits the stream (base/utf8.h).

#include <cstdio>
#include <string>

#include "exposition/terminal/ascii.h"

namespace hardlink {

/// One line on standard error: the program, what is wrong. Any thread.
void complain(const std::string& what);
/// The same with the command before what is wrong.
void complain(const char* command, const std::string& what);

/// `text` as it is, or in ASCII; false where it cannot be written.
[[nodiscard]] bool put(const std::string& text, std::FILE* stream, TextKind kind = TextKind::plain);

/// `text` on standard output; where that fails, complains and returns false.
[[nodiscard]] bool writeOut(const char* command, const std::string& text,
                            TextKind kind = TextKind::plain);

}  // namespace hardlink
