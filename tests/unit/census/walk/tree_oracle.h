#pragma once

/// What is in a tree, told by std::filesystem and stat(2): shares no code with census/, to hold its
/// counts against. Throws std::system_error where something cannot be read. Mounts are entered.

#include <cstdint>
#include <string>

#include "model/counts.h"
#include "model/limits.h"

namespace hardlink {

/// What a copy of `directory` makes anew, where it links regular files only. Of the result only
/// directories, directory_bytes, remade_names and long_symlinks are filled in.
[[nodiscard]] LayerCounts remadeBelow(const std::string& directory, const CopyCosts& costs);

/// How many directories there are in `directory`.
[[nodiscard]] std::uint64_t subdirectoriesOf(const std::string& directory);

/// Checks that `layer` has what remadeBelow() found.
void checkRemade(const LayerCounts& layer, const LayerCounts& found);

}  // namespace hardlink
