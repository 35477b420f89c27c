#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace hardlink {

/// The time this long after the Unix epoch. The clock counts nanoseconds in 64 bits, from the year
/// 1677 to 2262: a time outside becomes the first or the last time of the clock.
[[nodiscard]] std::chrono::system_clock::time_point timeFromUnix(std::int64_t seconds,
                                                                 std::uint32_t nanoseconds = 0);

/// RFC 3339 in UTC, to the second: 2026-11-23T12:00:00Z.
[[nodiscard]] std::string rfc3339(std::chrono::system_clock::time_point time);

/// Parses the text of rfc3339(); nullopt for any other text, and for a time that the clock cannot
/// hold.
[[nodiscard]] std::optional<std::chrono::system_clock::time_point> parseRfc3339(
    const std::string& text);

/// rfc3339() with milliseconds: 2026-11-23T12:00:00.123Z.
[[nodiscard]] std::string rfc3339Millis(std::chrono::system_clock::time_point time);

/// Seconds since the Unix epoch, with the fraction.
[[nodiscard]] double unixSeconds(std::chrono::system_clock::time_point time);

}  // namespace hardlink
