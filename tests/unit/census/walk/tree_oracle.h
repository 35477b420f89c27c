#pragma once

/// Counts a tree by std::filesystem and stat(2), without code of census/, to compare the counts.
/// Throws std::system_error if something cannot be read. Enters mounts.

#include <cstdint>
#include <string>
#include <vector>

#include "model/counts.h"
#include "model/limits.h"

namespace hardlink {

/// What a copy of `directory` creates if it links regular files only. Fills in only directories,
/// directory_bytes, remade_names and long_symlinks.
[[nodiscard]] LayerCounts remadeBelow(const std::string& directory, const CopyCosts& costs);

/// The number of subdirectories of `directory`.
[[nodiscard]] std::uint64_t subdirectoriesOf(const std::string& directory);

/// Checks that `layer` has the figures that remadeBelow() found.
void checkRemade(const LayerCounts& layer, const LayerCounts& found);

/// What the inodes below `root` take, as stat(2) says, in whole `block_bytes` (1 if that is 0). The
/// layers are `layers`, ascending. Fills in allocated_bytes, referenced_bytes, bytes_of_layers, and
/// of each layer its name and exclusive_bytes.
[[nodiscard]] RootCounts bytesBelow(const std::string& root, const std::vector<std::string>& layers,
                                    std::uint64_t block_bytes);

/// Checks that `counts` has the bytes that bytesBelow() found.
void checkBytes(const RootCounts& counts, const RootCounts& found);

}  // namespace hardlink
