#pragma once

/// What kind of farm a tree is. The rest of the program calls farms/ here. The evidence is files
/// that only one tool makes (the table in farms/kinds.cc), and copies whose names follow a scheme.

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
  std::optional<Tool> tool{};                  ///< the only tool to look for; unset: all
  OrderChoice order = OrderChoice::automatic;  ///< what decides which snapshot is older
  std::vector<std::string> globs{};            ///< patterns of the layers; empty: not configured
  std::vector<std::string> exclude{};          ///< directories that are not searched

  bool operator==(const FarmOptions&) const = default;
};

/// Searches the tree below the open directory `root`, whose absolute path is `path`: five levels,
/// at most 20,000 directories, and samples of the directories that may be copies. It does not enter
/// mounts, and skips what it cannot read. The result is meaningless if a stop was requested.
[[nodiscard]] Farm recognise(int root, const std::string& path, const FarmOptions& options,
                             const std::stop_token& stop);

/// After a census, decides whether a tree in which recognise() found nothing holds a store of an
/// unknown tool, and fills `farm` if it does. The store is a child of the root in which most
/// sampled inodes of two other children have a name, at another path. `located` says which children
/// have names of the inodes of `farm.samples`.
void concludeStore(int root, const std::vector<LocatedInode>& located, Farm& farm);

/// Whether `directory` is the storage of Docker's overlay driver.
[[nodiscard]] bool isDockerOverlay(int directory);

}  // namespace hardlink
