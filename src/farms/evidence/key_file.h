#pragma once

#include <string_view>

namespace hardlink {

/// The value of `key` in a file of lines KEY=VALUE, after the line `section`, such as `[core]`
/// (empty: before the first section); spaces around it are not part of it. Empty where there is
/// none, and the last one where there are several.
[[nodiscard]] std::string_view keyFileValue(std::string_view file, std::string_view section,
                                            std::string_view key);

}  // namespace hardlink
