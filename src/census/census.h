#pragma once

/// A census of one root: what its filesystem is and what is counted there. The front door of
/// census/; it picks the engine.

#include <stop_token>
#include <string>

#include "base/counts.h"
#include "base/error.h"
#include "census/engine.h"
#include "filesystem/filesystem.h"

namespace hardlink {

struct Census {
  RootCounts counts;
  FilesystemInfo filesystem;
};

/// Counts `request.path`. Fails where CensusEngine::count() does, where the filesystem cannot be
/// told, and on a network filesystem unless those are allowed. Blocks for as long as the census
/// takes. Any thread; `progress` may be read by others meanwhile.
[[nodiscard]] Result<Census> takeCensus(const CensusRequest& request, CensusProgress& progress,
                                        const std::stop_token& stop);

/// The directory in which the layers of `request` appear and vanish.
[[nodiscard]] std::string layersDirectory(const std::string& root, const LayerOptions& layers);

}  // namespace hardlink
