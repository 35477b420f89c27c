#pragma once

/// The table of kinds, in the order in which they are asked.

#include <span>

#include "farms/kind.h"

namespace hardlink {

[[nodiscard]] std::span<const Kind> kinds();
[[nodiscard]] const Kind* kindOf(Tool tool);

}  // namespace hardlink
