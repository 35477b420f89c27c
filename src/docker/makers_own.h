#pragma once

/// What Docker keeps of its own for each layer, beside the layer itself. Looks at two directories;
/// any thread.

#include <cstddef>
#include <string>

#include "model/limits.h"

namespace hardlink {

/// For the storage of the overlay driver at `overlay`, the deepest image in which has `deepest`
/// layers. Measured with Docker 20.10, and by a test that measures again: docs/design.md, "What
/// ends first".
[[nodiscard]] MakersOwn makersOwnAt(const std::string& overlay, std::size_t deepest);

}  // namespace hardlink
