#pragma once

/// What a request asks for: its Accept headers (RFC 9110, sections 12.4.2 and 12.5) and its query.
/// Pure functions; any thread. A header that makes no sense counts as absent and is never an error,
/// so that no scrape fails because of it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace hardlink {

enum class MetricsFormat : std::uint8_t { text, open_metrics };

/// OpenMetrics 1.0 if `accept` names it and gives it at least the weight of the classic text
/// format; otherwise text. A wildcard is not enough, because a client that does not ask for
/// OpenMetrics may not be able to read it. Other versions, such as OpenMetrics 0.0.1, and
/// parameters such as `escaping` count as in Prometheus's own header.
[[nodiscard]] MetricsFormat chooseMetricsFormat(std::string_view accept);

/// Whether gzip is accepted: named, or covered by `*`, with a weight above 0.
[[nodiscard]] bool acceptsGzip(std::string_view accept_encoding);

/// The subject of GET /api/v1/explain: a layer or an inode of a root.
struct ExplainQuery {
  std::string root;
  std::string layer;  ///< empty if `inode` is set
  std::optional<std::uint64_t> inode;
};

/// From a query without its question mark: `root=NAME&layer=NAME` or `root=NAME&inode=N`, in any
/// order. `%NN` and `+` are decoded. The error says what was expected.
[[nodiscard]] Result<ExplainQuery> parseExplainQuery(std::string_view query);

}  // namespace hardlink
