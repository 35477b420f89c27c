#pragma once

/// Trees that a fuzzer writes, as text.

#include <string>
#include <string_view>

namespace hardlink {

/// Makes `text` below the directory `base`. A line `== KIND PATH` begins a file (KIND f; its
/// content is the lines up to the next such line), a directory (d), a FIFO (p), a symlink (l) or a
/// further name (h); the target of the last two is in the next line. Makes nothing outside of
/// `base`, and skips what cannot be made, such as a file below a file.
void makeTree(const std::string& base, std::string_view text);

/// A directory in memory where there is one.
[[nodiscard]] std::string quickestDirectory();

}  // namespace hardlink
