#pragma once

/// Internal to farms/: makes the series of a farm from the layers that were found, with their
/// order, their heads, and the layers that may be removed.

#include <string>
#include <vector>

#include "farms/search.h"
#include "model/farm.h"

namespace hardlink {

/// Fills layers, layer_holders, makers_own, heads, series, removable, conflict, doubt and made of
/// `farm` with `found`. Reads times and symlinks below the open directory `root`, whose path is
/// `path`.
void addSeries(int root, const std::string& path, OrderChoice order,
               const std::vector<FoundSeries>& found, Farm& farm);

}  // namespace hardlink
