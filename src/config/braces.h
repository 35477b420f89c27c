#pragma once

/// Braces in a glob: `{daily,hourly}.*` stands for `daily.*` and `hourly.*`.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace hardlink {

/// The most globs that one glob with braces may stand for.
inline constexpr std::size_t kMostPatterns = 1000;

/// The globs without braces that `glob` stands for, each once, in the order of a shell. Braces
/// nest; an alternative may be empty or hold slashes. A backslash and the character after it are
/// kept for fnmatch(3); in brackets, a brace or comma means itself. Fails if braces are not
/// balanced, are a range such as {0..6}, or stand for more than kMostPatterns globs. The Error says
/// what was expected.
[[nodiscard]] Result<std::vector<std::string>> expandBraces(std::string_view glob);

}  // namespace hardlink
