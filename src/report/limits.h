#pragma once

/// What one more copy of a layer takes of each limit, and how many fit: docs/design.md, "What ends
/// first". Pure functions; any thread.

#include <optional>
#include <vector>

#include "model/counts.h"
#include "model/farm.h"
#include "model/margin.h"
#include "model/report.h"

namespace hardlink {

/// What is used and left of `quota`, as a root without layers has it.
[[nodiscard]] LimitReport withoutMargin(Limit limit, const Quota& quota);

/// What a copy takes beside links.
struct LayerTakes {
  Take inodes;
  Take bytes;
};

/// `layer` needs names, directories, directory_bytes, remade_names and long_symlinks alone.
[[nodiscard]] LayerTakes takesOf(const LayerCounts& layer, const MakersOwn& makers_own,
                                 const CopyCosts& costs);

/// How many copies fit as far as inodes and bytes are concerned; unset where neither is limited.
[[nodiscard]] std::optional<std::uint64_t> copiesThatFit(const LayerTakes& takes,
                                                         const FreeRoom& room);

/// The limits that are known for a copy of the head `layer`, in the order of Limit, without
/// LimitReport::path for links. `holder` is the directory in which the copy appears, if that is
/// known. By inodes and bytes only where the filesystem tells what is left.
[[nodiscard]] std::vector<LimitReport> limitsOf(const LayerCounts& layer,
                                                const Subdirectories* holder,
                                                const MakersOwn& makers_own,
                                                const FilesystemReport& filesystem);

/// Of each of RootCounts::layers, the directory in which a copy of it appears; null where that is
/// not known. Points into `counts`.
[[nodiscard]] std::vector<const Subdirectories*> holdersOf(const RootCounts& counts,
                                                           const Farm& farm);

/// How many times every series can still make one more, by all limits that are known; unset without
/// the link limit, and without series.
[[nodiscard]] std::optional<std::uint64_t> roundsRemaining(const RootCounts& counts,
                                                           const Farm& farm,
                                                           const FilesystemReport& filesystem);

/// A limit other than links, and what the layers have to do with it.
struct LayerStock {
  struct OfLayer {
    std::uint64_t freed = 0;  ///< what certainly comes back when the layer goes
    Take take{};              ///< what copies of it take
  };

  Limit limit{};
  std::uint64_t used = 0;
  std::uint64_t of = 0;
  std::uint64_t unit = 1;            ///< what is given away at once
  std::vector<OfLayer> of_layers{};  ///< as RootCounts::layers; all 0 where it concerns others
};

/// Inodes, space and subdirectories, as far as they are known: for subdirectories one for each
/// directory with a limit in which layers appear. Files that go with a layer are not in `freed`.
[[nodiscard]] std::vector<LayerStock> stocksOf(const RootCounts& counts, const Farm& farm,
                                               const FilesystemReport& filesystem);

/// The inode that binds the root by links: that of the head that it ends first. Unset without a
/// limit, and where no head holds a file that a copy links.
[[nodiscard]] std::optional<std::uint64_t> bindingInodeOf(const RootCounts& counts,
                                                          std::optional<std::uint64_t> limit);

/// The one of `limits` that ends first, the earliest of equals; null where none has a margin.
[[nodiscard]] const LimitReport* firstOf(const std::vector<LimitReport>& limits);

}  // namespace hardlink
