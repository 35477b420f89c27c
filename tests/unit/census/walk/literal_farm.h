#pragma once

/// Farms as farms/ would conclude them, for tests that count. Reads the tree; throws
/// std::filesystem::filesystem_error where that fails.

#include <string>
#include <vector>

#include "model/farm.h"

namespace hardlink {

/// Docker's overlay driver.
[[nodiscard]] Farm dockerFarm();
/// Snapshots: the outermost directories below `root` that match one of `globs`, all of them heads;
/// the filesystem's own `lost+found` is none.
[[nodiscard]] Farm snapshotsIn(const std::string& root,
                               const std::vector<std::string>& globs = {"*"});

}  // namespace hardlink
