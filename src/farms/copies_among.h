#pragma once

/// Which of some directories are copies of each other. Only a few pairs of them are compared.

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "farms/evidence/copies.h"

namespace hardlink {

using Paths = std::vector<std::string>;

/// How many older and newer snapshots one is compared with.
inline constexpr std::size_t kNeighbours = 4;

/// Those of `paths` that are a copy of one of their neighbours, in the order given.
[[nodiscard]] Paths copiesOfNeighbours(Copies& copies, const Paths& paths);

/// Those of `paths`, at least two whose names follow one scheme, that are copies of others.
[[nodiscard]] Paths copiesByScheme(Copies& copies, Paths paths);

/// Those of `children` that are a copy of another, whatever their names are; ascending.
[[nodiscard]] Paths copiesWithoutScheme(Copies& copies, const Paths& children);

/// How far from the newest the snapshot LEVEL.N is, where `levels` is ClaimedSeries::levels:
/// compares like the age.
[[nodiscard]] std::pair<std::size_t, std::pair<std::size_t, std::string>> placeInLevels(
    const std::vector<std::string>& levels, const std::string& snapshot);

/// Whether each of `levels` has a snapshot that is a copy of one of another level. `paths` are
/// ordered by placeInLevels(): the ends of levels meet.
[[nodiscard]] bool areLinkedAcross(Copies& copies, const std::vector<std::string>& levels,
                                   const Paths& paths);

}  // namespace hardlink
