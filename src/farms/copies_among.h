#pragma once

/// Internal to farms/: finds the directories in a list that are copies of each other. It compares
/// only a few pairs.

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "farms/evidence/copies.h"

namespace hardlink {

using Paths = std::vector<std::string>;

/// How many older and how many newer snapshots each one is compared with.
inline constexpr std::size_t kNeighbours = 4;

/// The `paths` that are copies of one of their neighbours, in the given order.
[[nodiscard]] Paths copiesOfNeighbours(Copies& copies, const Paths& paths);

/// The `paths` that are copies of one of their neighbours, in the order of their dates or numbers.
/// Takes at least two paths, whose names follow one scheme.
[[nodiscard]] Paths copiesByScheme(Copies& copies, Paths paths);

/// The `children` that are copies of another child, whatever their names are. Ascending.
[[nodiscard]] Paths copiesWithoutScheme(Copies& copies, const Paths& children);

/// A key that sorts snapshots LEVEL.N from the newest to the oldest. `levels` is
/// ClaimedSeries::levels.
[[nodiscard]] std::pair<std::size_t, std::pair<std::size_t, std::string>> placeInLevels(
    const std::vector<std::string>& levels, const std::string& snapshot);

/// Whether each level has a snapshot that is a copy of one of another level. `paths` must be sorted
/// by placeInLevels(), which puts the oldest of one level beside the newest of the next.
[[nodiscard]] bool areLinkedAcross(Copies& copies, const std::vector<std::string>& levels,
                                   const Paths& paths);

}  // namespace hardlink
