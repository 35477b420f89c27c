#pragma once

#include <cstddef>
#include <string>

#include "base/error.h"

namespace hardlink {

/// The content of the file at `path`; of one that is larger than `most` bytes, a little more than
/// that. The error is "cannot be read" and why.
[[nodiscard]] Result<std::string> readTextFile(const std::string& path, std::size_t most);

}  // namespace hardlink
