#pragma once

#include <string>

#include "base/error.h"
#include "model/report.h"

namespace hardlink {

/// Reads from the JSON of renderJson() what a verdict needs: each root's name, path and status, and
/// the margin, rounds, headroom, limits, full inodes, layout, layers, series, completeness and the
/// sizes of the hottest inodes of its census. Everything else keeps its default; unknown fields are
/// ignored. A field that is missing or of another type is an error, so that no other document is
/// taken for a report. The layout, the rounds, the series and all limits except links may be
/// missing, because an older daemon does not write them. Accepts any bytes, and never throws. Any
/// thread.
[[nodiscard]] Result<Report> parseReport(const std::string& json);

}  // namespace hardlink
