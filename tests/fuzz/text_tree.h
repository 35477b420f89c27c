#pragma once

/// Trees that a fuzzer writes, as text.

#include <string>
#include <string_view>

namespace hardlink {

/// Makes `text` below the directory `base`: a line `== KIND PATH` begins a file (KIND f, whose
/// content are the lines up to the next), a directory (d), a FIFO (p), a symlink (l) or a further
/// name (h), both to what the next line says. Nothing lies outside of `base`; what cannot be made,
/// as a file below a file, is passed over.
void makeTree(const std::string& base, std::string_view text);

/// A directory in memory where there is one.
[[nodiscard]] std::string quickestDirectory();

}  // namespace hardlink
