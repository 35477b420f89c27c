#pragma once

#include <string>

namespace hardlink {

/// One line on standard error: the program, the command, what is wrong. Any thread.
void complain(const char* command, const std::string& what);

}  // namespace hardlink
