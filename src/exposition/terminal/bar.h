#pragma once

/// Internal to exposition/: bars in a terminal.

#include <cstddef>
#include <cstdint>
#include <string>

namespace hardlink {

/// A bar of `width` columns of which `part` of `whole` is filled; to an eighth of a column with
/// `utf8`, else in `#` and `-`. Something, and less than all, is filled wherever `part` is more
/// than nothing and less than `whole`.
[[nodiscard]] std::string bar(std::uint64_t part, std::uint64_t whole, std::size_t width,
                              bool utf8);

}  // namespace hardlink
