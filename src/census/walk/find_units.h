#pragma once

#include <stop_token>
#include <vector>

#include "census/count/units.h"
#include "census/walk/tree_walker.h"

namespace hardlink {

/// Walks the shallow directories of the root open as `root` (which it duplicates), passing what is
/// in them to `visitor`, and returns the units below them, ascending by path, layers first.
/// `visitor.onDirectory()` is asked for every directory, also for those that begin a unit.
[[nodiscard]] std::vector<Unit> findUnits(int root, const UnitRule& rule, TreeWalker& walker,
                                          TreeVisitor& visitor, const std::stop_token& stop);

/// Marks those of `units`, below the root open as `root`, that are unfinished layers of Docker's.
void markUnfinishedLayers(int root, std::vector<Unit>& units);

}  // namespace hardlink
