#pragma once

/// Internal to exposition/: the lists of a root's table.

#include <string>

#include "exposition/terminal/table.h"

namespace hardlink {

/// The series, the hottest inodes, the tightest layers and the tightest images of `census`, each
/// with its title, those that are not empty. `before` is the census before, or null. Of a census
/// that was interrupted nobody knows how many links lie outside.
[[nodiscard]] std::string renderLists(const CensusReport& census, bool interrupted,
                                      const CensusReport* before, const TableOptions& options);

}  // namespace hardlink
