#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/counts.h"
#include "farms/snapshot_order.h"
#include "report/report.h"

namespace hardlink {

/// Which of a root's layers may go, as snapshots.
struct RemovableSnapshots {
  std::vector<std::uint32_t> layers;       ///< indices into the counts' layers, oldest first
  std::map<std::string, SystemTime> made;  ///< when each snapshot was, by its name
  std::vector<std::string> no_copies;      ///< not in `layers`, since no sibling is a copy
  std::vector<std::string> holders;       ///< not in `layers`, since they hold snapshots themselves
  std::optional<UncertainOrder> conflict;  ///< then there are no `layers`
  bool unordered = false;                 ///< nothing tells the age of the snapshots of some series
};

/// Orders `layers` below `root` (farms/snapshot_order.h) and leaves out those that certainly stay:
/// the newest of each series, the target of a symlink beside or above it (`latest`, `current`), a
/// directory that is no copy of the next newer ones, and one that holds snapshots itself
/// (census/copies.h). Reads the directories that
/// hold the snapshots, and a sample of each snapshot.
[[nodiscard]] RemovableSnapshots removableSnapshots(const std::string& root,
                                                    const std::vector<LayerCounts>& layers,
                                                    OrderChoice order);

}  // namespace hardlink
