#pragma once

/// The paths that the daemon answers. The router serves them (http/router.h), and
/// `web.telemetry_path` must be none of them (config/validate.h). Any thread.

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace hardlink {

/// All routes except the metrics, whose path is configured, and the files of the status page.
enum class Route : std::uint8_t { status, report, explain, healthy, ready, reload, runbook };

struct RoutePath {
  Route route;
  std::string_view path;
};

inline constexpr std::array<RoutePath, 7> kRoutes = {{
    {Route::status, "/"},
    {Route::report, "/api/v1/report"},
    {Route::explain, "/api/v1/explain"},
    {Route::healthy, "/-/healthy"},
    {Route::ready, "/-/ready"},
    {Route::reload, "/-/reload"},
    {Route::runbook, "/runbook"},
}};

/// The directory of the files of the status page; no other route is below it.
inline constexpr std::string_view kAssets = "/assets";

/// Whether `path`, without a slash at its end, is one of these routes. A client or a proxy may
/// remove that slash.
[[nodiscard]] constexpr bool isTaken(std::string_view path) {
  if (path.size() > 1 && path.ends_with('/')) {
    path.remove_suffix(1);
  }
  const bool below_assets =
      path.starts_with(kAssets) && (path.size() == kAssets.size() || path[kAssets.size()] == '/');
  return below_assets || std::any_of(kRoutes.begin(), kRoutes.end(),
                                     [&](const RoutePath& each) { return each.path == path; });
}

}  // namespace hardlink
