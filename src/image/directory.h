#pragma once

#include <memory>

#include "base/os/fd.h"
#include "image/files.h"

namespace hardlink {

/// Internal to image/: the files below the open directory `directory`. Symlinks are followed as
/// long as they stay below it.
[[nodiscard]] std::unique_ptr<ImageFiles> openImageDirectory(Fd directory);

}  // namespace hardlink
