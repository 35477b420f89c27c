#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/counts.h"
#include "report/report.h"

namespace hardlink {

/// When each of the snapshots `layers` below `root` was made, by its name: the later of its
/// directory's birth, where the filesystem tells that, and last modification. Neither is enough.
/// rsync gives a new snapshot the modification time of its source, and rsnapshot writes each
/// snapshot into the directory of the last, whose birth was long ago. Those that cannot be looked
/// at are left out. Touches only the snapshots' own directories.
[[nodiscard]] std::map<std::string, SystemTime> snapshotTimes(
    const std::string& root, const std::vector<LayerCounts>& layers);

/// Indices into `layers`, the oldest first; of the same age by name. Those of unknown age are left
/// out: better not remove them.
[[nodiscard]] std::vector<std::uint32_t> oldestFirst(
    const std::vector<LayerCounts>& layers, const std::map<std::string, SystemTime>& times);

}  // namespace hardlink
