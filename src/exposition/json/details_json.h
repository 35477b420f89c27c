#pragma once

/// What a report holds of one layer or one inode, for GET /api/v1/explain. Nothing but the report
/// is looked at. Names are those of the JSON report. JSON as there, described in docs/api.md. Any
/// thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/report.h"

namespace hardlink {

/// One of the tightest layers; nothing where the report does not hold it.
[[nodiscard]] std::optional<std::string> renderLayerDetails(const Report& report,
                                                            std::string_view root,
                                                            std::string_view layer);

/// One of the hottest inodes, or one that binds one of the tightest layers; nothing where the
/// report does not hold it.
[[nodiscard]] std::optional<std::string> renderInodeDetails(const Report& report,
                                                            std::string_view root,
                                                            std::uint64_t inode);

/// `{"error": text}`.
[[nodiscard]] std::string renderJsonError(std::string_view text);

}  // namespace hardlink
