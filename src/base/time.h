#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace hardlink {

/// RFC 3339 in UTC, to the second: 2026-11-23T12:00:00Z.
[[nodiscard]] std::string rfc3339(std::chrono::system_clock::time_point time);

/// The time that rfc3339() writes so; nothing for any other text.
[[nodiscard]] std::optional<std::chrono::system_clock::time_point> parseRfc3339(
    const std::string& text);

/// rfc3339() with milliseconds: 2026-11-23T12:00:00.123Z.
[[nodiscard]] std::string rfc3339Millis(std::chrono::system_clock::time_point time);

/// Seconds since the Unix epoch, with the fraction.
[[nodiscard]] double unixSeconds(std::chrono::system_clock::time_point time);

}  // namespace hardlink
