#pragma once

/// What a report has about one layer or one inode, as JSON for GET /api/v1/explain (docs/api.md).
/// Only the report is read. Names are written as in the JSON report. Any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/report.h"

namespace hardlink {

/// One of the tightest layers; nullopt if the layer is not in the report.
[[nodiscard]] std::optional<std::string> renderLayerDetails(const Report& report,
                                                            std::string_view root,
                                                            std::string_view layer);

/// One of the hottest inodes, or of the inodes that bind the tightest layers; nullopt if the inode
/// is not in the report.
[[nodiscard]] std::optional<std::string> renderInodeDetails(const Report& report,
                                                            std::string_view root,
                                                            std::uint64_t inode);

/// `{"error": text}`.
[[nodiscard]] std::string renderJsonError(std::string_view text);

}  // namespace hardlink
