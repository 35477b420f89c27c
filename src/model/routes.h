#pragma once

/// The paths that the daemon answers. One list, which the router serves (http/router.h) and which
/// the check of `web.telemetry_path` asks (config/validate.h). Any thread.

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace hardlink {

/// All but the metrics, whose path is configured, and the status page's own files.
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

/// The directory of the status page's own files; everything below it is theirs.
inline constexpr std::string_view kAssets = "/assets";

/// Whether `path`, without a slash at its end, is one of the above. A client or a proxy may take
/// the slash away.
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
