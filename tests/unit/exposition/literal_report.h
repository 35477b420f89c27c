#pragma once

/// The literal values that the tests of exposition/ render, and what they look for in the result.

#include <string>
#include <string_view>
#include <vector>

#include "exposition/metrics/families.h"
#include "model/report.h"

namespace hardlink {

/// Five roots: a Docker host near its limit with every hostile byte in its names, a root that never
/// had a census that succeeded, one on a filesystem whose limit is not known, snapshots of three
/// hosts near their limit, and a store.
[[nodiscard]] Report literalReport();

/// A root whose census succeeded, with nothing in it.
[[nodiscard]] RootReport emptyRoot(const std::string& name);

[[nodiscard]] ReloadStatus literalReload();
[[nodiscard]] ProcessFigures literalProcess();
[[nodiscard]] SystemTime atUnixTime(double seconds);

/// Families in the classic format, and in OpenMetrics without its end.
[[nodiscard]] inline std::string textOf(const Families& families) {
  return renderText(families).bytes;
}
[[nodiscard]] inline std::string openMetricsOf(const Families& families) {
  return renderOpenMetrics(families).bytes;
}

/// The lines of `text` that start with `start`.
[[nodiscard]] std::vector<std::string> linesStarting(const std::string& text,
                                                     std::string_view start);
[[nodiscard]] bool contains(const std::string& text, std::string_view part);

}  // namespace hardlink
