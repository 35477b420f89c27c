#pragma once

/// What a client accepts (RFC 9110, sections 12.4.2 and 12.5): pure functions over header values. A
/// header that makes no sense counts as absent, never as an error: a scrape must not fail over it.

#include <cstdint>
#include <string_view>

namespace hardlink {

enum class MetricsFormat : std::uint8_t { text, open_metrics };

/// OpenMetrics 1.0 where `accept` gives it at least the weight of the classic text format and names
/// it (a wildcard is not enough: whoever does not ask for OpenMetrics may not know it), else text.
/// Ranges of other versions, such as OpenMetrics 0.0.1, and parameters such as `escaping` are as in
/// Prometheus's own header.
[[nodiscard]] MetricsFormat chooseMetricsFormat(std::string_view accept);

/// Whether gzip is accepted: named, or covered by `*`, with a weight above 0.
[[nodiscard]] bool acceptsGzip(std::string_view accept_encoding);

}  // namespace hardlink
