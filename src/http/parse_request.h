#pragma once

/// What a request asks for: its Accept headers (RFC 9110, sections 12.4.2 and 12.5) and its query.
/// Pure functions; any thread. A header that makes no sense counts as absent and is never an error,
/// so that no scrape fails because of it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "exposition/metrics/families.h"

namespace hardlink {

/// How a client wants metrics.
struct AcceptedMetrics {
  MetricsFormat format = MetricsFormat::text;
  /// How names with other characters than letters, digits, `_` and `:` are to be written: one of
  /// the schemes that Prometheus knows. Our names have no others and are the same in each.
  std::string_view escaping = "underscores";

  bool operator==(const AcceptedMetrics&) const = default;
};

/// Protobuf if it is offered, and OpenMetrics 1.0, only if `accept` names them and gives them at
/// least the weight of the formats after them; otherwise the classic text format. A wildcard is not
/// enough, because a client that does not ask for a format may not be able to read it. Other
/// versions, such as OpenMetrics 0.0.1, count as in Prometheus's own header.
[[nodiscard]] AcceptedMetrics chooseMetricsFormat(std::string_view accept, bool offers_protobuf);

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

/// Which metrics a client asks for.
struct MetricsQuery {
  MetricsSelection selection{};    ///< without its roots
  std::vector<std::string> roots;  ///< by name, as asked for; empty: all

  /// Whether anything is left out.
  [[nodiscard]] bool isPartial() const { return !selection.groups.all() || !roots.empty(); }
};

/// From a query without its question mark: `collect[]=GROUP` or `exclude[]=GROUP`, and
/// `root[]=NAME`, each any number of times. Other parameters are ignored, as node_exporter does.
/// The error says what was expected.
[[nodiscard]] Result<MetricsQuery> parseMetricsQuery(std::string_view query);

}  // namespace hardlink
