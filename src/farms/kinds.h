#pragma once

/// The table of kinds. The search offers a directory to each kind in this order.

#include <span>

#include "farms/evidence/kind.h"

namespace hardlink {

extern const Kind kDocker;

[[nodiscard]] std::span<const Kind* const> kinds();
/// Null if the table has no kind for `tool`.
[[nodiscard]] const Kind* kindOf(Tool tool);

}  // namespace hardlink
