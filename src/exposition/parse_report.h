#pragma once

#include <string>

#include "base/error.h"
#include "report/report.h"

namespace hardlink {

/// What a verdict needs of the JSON that renderJson() writes: each root's name, path and status and
/// the census' margin, headroom, limit, layers and completeness; everything else stays at its
/// default. Fields that are not known here are passed over; one that is needed and is missing or of
/// another type is an error, so that no other document passes for a report. Any bytes may come;
/// nothing is thrown. Any thread.
[[nodiscard]] Result<Report> parseReport(const std::string& json);

}  // namespace hardlink
