#pragma once

#include <optional>
#include <string>

#include "base/error.h"

namespace hardlink {

/// Puts `content` in place of the file `path`: written to a temporary name beside it, synced and
/// renamed, so that a reader sees the old or the new content, whole. On failure the old file is
/// untouched and the temporary one is gone.
[[nodiscard]] std::optional<Error> replaceFile(const std::string& path, const std::string& content);

}  // namespace hardlink
