#pragma once

/// From which figures on a root alarms, what alarms in a root without layers, and what ends first
/// in one with them. `check`, JSON, the page, the words and the metrics take it from here. Pure
/// functions; any thread.

#include <cstdint>
#include <optional>
#include <string>

#include "model/report.h"

namespace hardlink {

/// The levels of alarm, as in the alerts (deploy/prometheus/): low below the first, critical below
/// the second. With layers, by the layers that still fit; else by what is left of a limit.
inline constexpr std::uint64_t kLowLayers = 20;
inline constexpr std::uint64_t kCriticalLayers = 5;
inline constexpr std::uint64_t kLowPercent = 10;
inline constexpr std::uint64_t kCriticalPercent = 2;

/// `percent` of `limit`, rounded up: less than this is left where less than `percent` is.
[[nodiscard]] constexpr std::uint64_t shareOf(std::uint64_t limit, std::uint64_t percent) {
  return limit / 100 * percent + (limit % 100 * percent + 99) / 100;
}

/// The entry of `limit` in CensusReport::limits; null where that limit is not known.
[[nodiscard]] const LimitReport* findLimit(const CensusReport& census, Limit limit);

/// The entry of CensusReport::first_limit; null where there is none.
[[nodiscard]] const LimitReport* firstLimit(const CensusReport& census);

/// The headroom that a root is judged by where it has no margin. It is that of the file with the
/// most links. In a root without layers empty files do not count, as far as the hottest inodes tell
/// which those are: a copy of an empty file costs nothing. Unset without a link limit, and where
/// only empty files are known to be at the limit.
[[nodiscard]] std::optional<std::int64_t> judgedHeadroom(const CensusReport& census);

/// Inodes at the link limit that hold bytes, in a root without layers; 0 where that is not known.
/// With layers the margin says the same.
[[nodiscard]] std::uint64_t alarmingSaturation(const CensusReport& census);

/// The limit of names of one file in one directory, where no name like those there fits any more;
/// null elsewhere.
[[nodiscard]] const LimitReport* exhaustedNames(const CensusReport& census);

/// The limit of subdirectories where a root without layers is to be judged by it; null elsewhere.
[[nodiscard]] const LimitReport* judgedSubdirectories(const CensusReport& census);

/// A directory below the root in a sentence: `the root` for `.`.
[[nodiscard]] std::string directoryName(const std::string& path);

}  // namespace hardlink
