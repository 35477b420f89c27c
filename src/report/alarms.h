#pragma once

/// The thresholds of alarms, the figures that can alarm in a root without layers, and the limit
/// that ends first in a root with layers. `check`, JSON, the page, the texts and the metrics all
/// use these. Pure functions; any thread.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "model/report.h"

namespace hardlink {

/// The thresholds of the alerts in deploy/prometheus/: below the first the figure is low, below the
/// second critical. A root with layers is judged by the layers that still fit, another root by the
/// percentage left of a limit.
inline constexpr std::uint64_t kLowLayers = 20;
inline constexpr std::uint64_t kCriticalLayers = 5;
inline constexpr std::uint64_t kLowPercent = 10;
inline constexpr std::uint64_t kCriticalPercent = 2;

/// How long after a census its figures are stale, as in the alert HardlinkCensusStale: after six
/// that are missing, and half an hour at least.
[[nodiscard]] constexpr std::chrono::milliseconds staleAfter(
    std::chrono::milliseconds scan_interval) {
  constexpr int kMissing = 6;
  constexpr std::chrono::milliseconds kLeast = std::chrono::minutes(30);
  return scan_interval > kLeast / kMissing ? scan_interval * kMissing : kLeast;
}

/// `percent` of `limit`, rounded up, so that comparing with it is the same as comparing
/// percentages.
[[nodiscard]] constexpr std::uint64_t shareOf(std::uint64_t limit, std::uint64_t percent) {
  return limit / 100 * percent + (limit % 100 * percent + 99) / 100;
}

/// The entry of `limit` in CensusReport::limits; null if that limit is unknown.
[[nodiscard]] const LimitReport* findLimit(const CensusReport& census, Limit limit);

/// The entry of CensusReport::first_limit; null if there is none.
[[nodiscard]] const LimitReport* firstLimit(const CensusReport& census);

/// The headroom by which a root without a margin is judged: the headroom of the file with the most
/// links. In a root without layers, empty files among the hottest inodes do not count, because a
/// copy of an empty file costs nothing. Unset without a link limit, or if all files at the limit
/// are known to be empty.
[[nodiscard]] std::optional<std::int64_t> judgedHeadroom(const CensusReport& census);

/// The non-empty inodes at the link limit, in a root without layers; 0 if unknown. 0 with layers,
/// where the margin alarms.
[[nodiscard]] std::uint64_t alarmingSaturation(const CensusReport& census);

/// The limit of names of one file in one directory, if no further name of that length fits and the
/// root has no layers; else null.
[[nodiscard]] const LimitReport* exhaustedNames(const CensusReport& census);

/// The limit of subdirectories, if it is known and the root has no layers; else null.
[[nodiscard]] const LimitReport* judgedSubdirectories(const CensusReport& census);

/// The name of a directory in a sentence: `the root` for `.`.
[[nodiscard]] std::string directoryName(const std::string& path);

}  // namespace hardlink
