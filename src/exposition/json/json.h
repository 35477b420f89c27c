#pragma once

#include <string>

#include "model/report.h"

namespace hardlink {

/// The report as JSON, as served under /api/v1/report and described in docs/metrics.md: fields in a
/// fixed order, unknown figures null, bytes of names that are not UTF-8 written as `\xNN`. Ends
/// with a newline. Any report gives valid JSON. Any thread.
[[nodiscard]] std::string renderJson(const Report& report);

}  // namespace hardlink
