#pragma once

/// The table of kinds, in the order in which they are asked.

#include <span>

#include "farms/evidence/kind.h"

namespace hardlink {

extern const Kind kDocker;

[[nodiscard]] std::span<const Kind* const> kinds();
/// Null where the table has no such kind.
[[nodiscard]] const Kind* kindOf(Tool tool);

}  // namespace hardlink
