#pragma once

#include <string>

#include "base/error.h"
#include "model/report.h"

namespace hardlink {

/// What a verdict needs of the JSON that renderJson() writes: each root's name, path and status and
/// the census' margin, rounds, headroom, limits, full inodes, layout, layers, series, completeness
/// and the sizes of its hottest inodes; everything else stays at its default. Fields that are not
/// known here are passed over. One that is needed and is missing or of another type is an error, so
/// that no other document passes for a report; the layout, the rounds, the series and all limits
/// but that of links may be missing, since an older daemon does not write them. Any bytes may come;
/// nothing is thrown. Any thread.
[[nodiscard]] Result<Report> parseReport(const std::string& json);

}  // namespace hardlink
