#pragma once

#include <string>
#include <string_view>

#include "report/report.h"

namespace hardlink {

/// The page at `/`: the version, links to the other routes (`telemetry_path` among them, which
/// starts with a slash) and a line per root. HTML without scripts or requests of its own; links are
/// relative, so that it works behind a proxy that adds a prefix. Any thread.
[[nodiscard]] std::string renderLandingPage(const Report& report, std::string_view telemetry_path);

}  // namespace hardlink
