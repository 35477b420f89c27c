#pragma once

/// What one more copy of a layer takes of each limit, and how many fit: docs/design.md, "What ends
/// first". Pure functions; any thread.

#include <optional>
#include <vector>

#include "base/counts.h"
#include "base/margin.h"
#include "model/farm.h"
#include "report/report.h"

namespace hardlink {

/// What a copy takes beside links.
struct LayerTakes {
  Take inodes;
  Take bytes;
};

/// `layer` needs names, directories, directory_bytes, remade_names and long_symlinks alone.
[[nodiscard]] LayerTakes takesOf(const LayerCounts& layer, const MakersOwn& makers_own,
                                 const CopyCosts& costs);

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

/// The limits that are known for one more copy of each head at once, as limitsOf() has them,
/// without layers.
[[nodiscard]] std::vector<LimitReport> limitsOfRounds(const RootCounts& counts, const Farm& farm,
                                                      const FilesystemReport& filesystem);

/// The inode that binds the root by links: that of the head that it ends first. Unset without a
/// limit, and where no head holds a file that a copy links.
[[nodiscard]] std::optional<std::uint64_t> bindingInodeOf(const RootCounts& counts,
                                                          std::optional<std::uint64_t> limit);

/// The one of `limits` that ends first, the earliest of equals; null where none has a margin.
[[nodiscard]] const LimitReport* firstOf(const std::vector<LimitReport>& limits);

}  // namespace hardlink
