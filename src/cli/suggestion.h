#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hardlink {

/// Which of `commands` was most likely meant by `word`, if it is a slip away from one: a letter
/// wrong, missing, added or swapped with its neighbour, two of them in a longer word. Nothing for a
/// command itself, and for anything else.
[[nodiscard]] std::optional<std::string> suggestion(std::string_view word,
                                                    const std::vector<std::string>& commands);

}  // namespace hardlink
