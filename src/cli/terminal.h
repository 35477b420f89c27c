#pragma once

#include <cstddef>
#include <optional>

namespace hardlink::terminal {

[[nodiscard]] bool isTerminal(int fd);
/// Columns of the terminal at `fd`; unset where it is none or does not say.
[[nodiscard]] std::optional<std::size_t> width(int fd);
/// Whether to colour what goes to `fd`: a terminal that is not dumb, and no NO_COLOR
/// (https://no-color.org).
[[nodiscard]] bool wantsColor(int fd);

}  // namespace hardlink::terminal
