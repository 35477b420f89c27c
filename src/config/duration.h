#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace hardlink {

/// Parses a duration as Prometheus writes it: whole numbers with the units y (365 days), w, d, h,
/// m, s and ms, each at most once, from the longest to the shortest (`500ms`, `15s`, `1h30m`).
/// nullopt for any other text, such as a number without a unit, for zero, and for more than ten
/// years.
[[nodiscard]] std::optional<std::chrono::milliseconds> parseDuration(std::string_view text);

/// Parses a percentage above 0% and up to 100%, with or without decimals: 0.25 for `25%`.
[[nodiscard]] std::optional<double> parsePercentage(std::string_view text);

}  // namespace hardlink
