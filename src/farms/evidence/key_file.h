#pragma once

#include <string_view>

namespace hardlink {

/// The value of `key` in a file of lines KEY=VALUE, without the spaces around it. `section` is the
/// line before the keys, such as `[core]`; empty: before the first section. Empty if the key is
/// missing, the last value if it is there several times.
[[nodiscard]] std::string_view keyFileValue(std::string_view file, std::string_view section,
                                            std::string_view key);

}  // namespace hardlink
