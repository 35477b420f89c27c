#pragma once

#include <cstddef>
#include <optional>

#include "exposition/terminal/table.h"

namespace hardlink::terminal {

[[nodiscard]] bool isTerminal(int fd);
/// Columns of the terminal at `fd`; unset if there is no terminal or its size is unknown.
[[nodiscard]] std::optional<std::size_t> width(int fd);
/// Lines of the terminal at `fd`; unset like width().
[[nodiscard]] std::optional<std::size_t> height(int fd);
/// Whether there is a terminal at `fd` that understands control sequences (TERM is not dumb).
[[nodiscard]] bool movesCursor(int fd);
/// Whether to use colours on `fd`: movesCursor(), and no NO_COLOR (https://no-color.org).
[[nodiscard]] bool wantsColor(int fd);
/// The form of a table for `fd`. Only a terminal gets rounded figures and shortened names.
[[nodiscard]] TableOptions tableOptions(int fd);

}  // namespace hardlink::terminal
