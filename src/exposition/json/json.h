#pragma once

/// A report as JSON, written and read (docs/api.md). Any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "model/report.h"

namespace hardlink {

/// The report as JSON, as served under /api/v1/report and described in docs/metrics.md: fields in a
/// fixed order, unknown figures null, bytes of names that are not UTF-8 written as `\xNN`. Ends
/// with a newline. Any report gives valid JSON.
[[nodiscard]] std::string renderJson(const Report& report);

/// For GET /api/v1/explain: one of the tightest layers, or nullopt if the layer is not in the
/// report. Names are written as in renderJson().
[[nodiscard]] std::optional<std::string> renderLayerDetails(const Report& report,
                                                            std::string_view root,
                                                            std::string_view layer);

/// The same for one of the hottest inodes, or of the inodes that bind the tightest layers.
[[nodiscard]] std::optional<std::string> renderInodeDetails(const Report& report,
                                                            std::string_view root,
                                                            std::uint64_t inode);

/// `{"error": text}`.
[[nodiscard]] std::string renderJsonError(std::string_view text);

/// Reads from the JSON of renderJson() what a verdict needs: each root's name, path and status, and
/// the margin, rounds, headroom, limits, full inodes, layout, layers, series, completeness and the
/// sizes of the hottest inodes of its census. Everything else keeps its default; unknown fields are
/// ignored. A field that is missing or of another type is an error, so that no other document is
/// taken for a report. The layout, the rounds, the series and all limits except links may be
/// missing, because an older daemon does not write them. Accepts any bytes, and never throws. Any
/// thread.
[[nodiscard]] Result<Report> parseReport(const std::string& json);

}  // namespace hardlink
