#pragma once

/// Texts for a terminal whose locale is not UTF-8 (base/utf8.h). Any thread.

#include <cstdint>
#include <string>

namespace hardlink {

enum class TextKind : std::uint8_t { plain, json, metrics, script };

/// `text` without a byte beyond ASCII, so that it stays valid and means the same: JSON escapes as
/// `\uNNNN`, a shell's words as `$'\NNN'`; all other text, comments of a script included, as `\xNN`
/// (with the backslash as the metrics' format wants it).
[[nodiscard]] std::string inAscii(const std::string& text, TextKind kind);

}  // namespace hardlink
