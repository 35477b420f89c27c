#pragma once

#include <string>

namespace hardlink {

/// One line on standard error: the program, the command, what is wrong. Any thread.
void complain(const char* command, const std::string& what);

/// `text` on standard output; where that fails, complains and returns false.
[[nodiscard]] bool writeOut(const char* command, const std::string& text);

}  // namespace hardlink
