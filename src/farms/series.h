#pragma once

/// From the layers that were found to a farm's series: their order, their heads, and which of them
/// may go.

#include <string>
#include <vector>

#include "farms/search.h"
#include "model/farm.h"

namespace hardlink {

/// Fills layers, heads, series, removable, conflict, doubt and made of `farm` with `found`, which
/// lies below the root open as `root` at `path`. Reads times and symlinks.
void addSeries(int root, const std::string& path, OrderChoice order,
               const std::vector<FoundSeries>& found, Farm& farm);

}  // namespace hardlink
