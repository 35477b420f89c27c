#pragma once

/// Metric families in the two text formats that Prometheus reads. Any thread.
///
/// A response body has the text of the report's families, rendered once per publication, then the
/// text of the scrape's own families, then, in OpenMetrics, kOpenMetricsEof. No metric may be in
/// both parts.

#include <string>
#include <string_view>

#include "exposition/metrics/families.h"

namespace hardlink {

inline constexpr std::string_view kTextContentType = "text/plain; version=0.0.4; charset=utf-8";
inline constexpr std::string_view kOpenMetricsContentType =
    "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Ends every OpenMetrics body, exactly once.
inline constexpr std::string_view kOpenMetricsEof = "# EOF\n";

/// The classic format, 0.0.4. It has no gauge histograms: each is served as three families of
/// gauges,
/// `_bucket`, `_gcount` and `_gsum`, with the sample names of OpenMetrics.
[[nodiscard]] std::string renderText(const Families& families);

/// OpenMetrics 1.0.0, without the end marker.
[[nodiscard]] std::string renderOpenMetrics(const Families& families);

}  // namespace hardlink
