#pragma once

/// What kind of farm a tree is. The front door of farms/: the evidence of tools, in the order of
/// the table in farms/kinds.cc, then copies by paths and names by scheme.

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "config/types.h"
#include "model/counts.h"
#include "model/farm.h"

namespace hardlink {

/// What is configured for a root.
struct FarmOptions {
  LayoutChoice layout = LayoutChoice::automatic;
  std::optional<Tool> tool{};                  ///< the only one that is asked for; unset: all
  OrderChoice order = OrderChoice::automatic;  ///< how the age of snapshots is told
  std::vector<std::string> globs{};            ///< the directories that are layers; empty: unsaid
  std::vector<std::string> exclude{};          ///< directories that are not looked into

  bool operator==(const FarmOptions&) const = default;
};

/// Looks at the tree below the root that is open as `root` at `path` (absolute): five levels of at
/// most 20,000 directories, and samples of those that may be copies. Mounts are not entered. What
/// cannot be read is as if it were not there. After a stop the result says nothing.
[[nodiscard]] Farm recognise(int root, const std::string& path, const FarmOptions& options,
                             const std::stop_token& stop);

/// Makes `farm`, of which nothing was recognised, the unknown store if a census found one: a child
/// of the root in which most sampled inodes of two others have a name, at another path. `located`
/// is where the inodes of `farm.samples` are.
void concludeStore(int root, const std::vector<LocatedInode>& located, Farm& farm);

/// Whether `directory` is the storage of Docker's overlay driver.
[[nodiscard]] bool isDockerOverlay(int directory);

}  // namespace hardlink
