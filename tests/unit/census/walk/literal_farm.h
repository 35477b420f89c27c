#pragma once

/// Farms as farms/ would recognise them, for tests that count. Reads the tree and throws
/// std::filesystem::filesystem_error if that fails.

#include <string>
#include <vector>

#include "census/count/engine.h"
#include "model/farm.h"

namespace hardlink {

/// Docker's overlay driver.
[[nodiscard]] Farm dockerFarm();
/// Snapshots: the outermost directories below `root` that match one of `globs`, except the
/// filesystem's `lost+found`. All of them are heads.
[[nodiscard]] Farm snapshotsIn(const std::string& root,
                               const std::vector<std::string>& globs = {"*"});
/// Asks for the bytes that `layers` free, which alone may go.
void letGo(CensusRequest& request, const std::vector<std::string>& layers);

}  // namespace hardlink
