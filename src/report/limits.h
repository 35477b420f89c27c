#pragma once

/// What one more copy of a layer takes of each limit, and how many copies fit. docs/design.md,
/// "What ends first", defines the figures. Pure functions; any thread.

#include <optional>
#include <vector>

#include "model/counts.h"
#include "model/farm.h"
#include "model/margin.h"
#include "model/report.h"

namespace hardlink {

/// The used and remaining parts of `quota`, without a margin: for a root without layers.
[[nodiscard]] LimitReport withoutMargin(Limit limit, const Quota& quota);

/// What a copy takes apart from links.
struct LayerTakes {
  Take inodes;
  Take bytes;
};

/// Only names, directories, directory_bytes, remade_names and long_symlinks of `layer` are used.
[[nodiscard]] LayerTakes takesOf(const LayerCounts& layer, const MakersOwn& makers_own,
                                 const CopyCosts& costs);

/// How many copies fit into the free inodes and bytes; unset if neither has a limit.
[[nodiscard]] std::optional<std::uint64_t> copiesThatFit(const LayerTakes& takes,
                                                         const FreeRoom& room);

/// The known limits for a copy of the head `layer`, in the order of Limit. The entry of links has
/// no path yet. `holder` is the directory in which the copy appears, or null. The limits of inodes
/// and space are there only if the free room of the filesystem is known.
[[nodiscard]] std::vector<LimitReport> limitsOf(const LayerCounts& layer,
                                                const Subdirectories* holder,
                                                const MakersOwn& makers_own,
                                                const FilesystemReport& filesystem);

/// For each of RootCounts::layers, the directory in which a copy of it appears; null if unknown.
/// Points into `counts`.
[[nodiscard]] std::vector<const Subdirectories*> holdersOf(const RootCounts& counts,
                                                           const Farm& farm);

/// How many rounds still fit by all known limits: one more snapshot of every series each. Unset
/// without a link limit, and without series.
[[nodiscard]] std::optional<std::uint64_t> roundsRemaining(const RootCounts& counts,
                                                           const Farm& farm,
                                                           const FilesystemReport& filesystem);

/// A limit other than links, with what each layer takes of it and frees.
struct LayerStock {
  struct OfLayer {
    std::uint64_t freed = 0;  ///< what the removal of the layer certainly frees
    Take take{};              ///< what copies of the layer take
  };

  Limit limit{};
  std::uint64_t used = 0;
  std::uint64_t of = 0;
  std::uint64_t unit = 1;            ///< of allocation
  std::vector<OfLayer> of_layers{};  ///< by layer; 0 for layers in other directories
};

/// The known stocks: inodes, space, and the subdirectories of each directory in which layers
/// appear, if it has a limit. Files that are removed with a layer do not count in `freed`.
[[nodiscard]] std::vector<LayerStock> stocksOf(const RootCounts& counts, const Farm& farm,
                                               const FilesystemReport& filesystem);

/// The inode that binds the root by links: the binding inode of the tightest head. Unset without a
/// link limit, or if no head has a file that a copy links.
[[nodiscard]] std::optional<std::uint64_t> bindingInodeOf(const RootCounts& counts,
                                                          std::optional<std::uint64_t> limit);

/// The limit with the least margin, the earliest of equals; null if none has a margin.
[[nodiscard]] const LimitReport* firstOf(const std::vector<LimitReport>& limits);

}  // namespace hardlink
