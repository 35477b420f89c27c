#pragma once

#include <cstddef>
#include <optional>

#include "exposition/terminal/table.h"

namespace hardlink::terminal {

[[nodiscard]] bool isTerminal(int fd);
/// Columns of the terminal at `fd`; unset where it is none or does not say.
[[nodiscard]] std::optional<std::size_t> width(int fd);
/// Lines of the terminal at `fd`; unset as width().
[[nodiscard]] std::optional<std::size_t> height(int fd);
/// Whether the terminal at `fd` understands control sequences: one that is not dumb.
[[nodiscard]] bool movesCursor(int fd);
/// Whether to colour what goes to `fd`: movesCursor(), and no NO_COLOR (https://no-color.org).
[[nodiscard]] bool wantsColor(int fd);
/// How a table for `fd` is to look. What is not a terminal gets figures and names in full.
[[nodiscard]] TableOptions tableOptions(int fd);

}  // namespace hardlink::terminal
