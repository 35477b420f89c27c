#pragma once

/// What Docker keeps of its own for each layer, beside the layer itself. Looks at one directory;
/// any thread.

#include <string>

#include "model/limits.h"

namespace hardlink {

/// For the storage of the overlay driver at `overlay`. Measured with Docker 20.10, by a test that
/// measures again (docs/design.md, "What ends first").
[[nodiscard]] MakersOwn makersOwnAt(const std::string& overlay);

}  // namespace hardlink
