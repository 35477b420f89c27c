#pragma once

/// How bad a figure is, by the levels of alarm in report/alarms.h.

#include <cstdint>
#include <optional>
#include <string_view>

#include "model/report.h"

namespace hardlink {

enum class Severity : std::uint8_t { unknown, fine, low, critical, exhausted };

/// Of a number of layers that still fit: exhausted at 0, then critical, low, fine.
[[nodiscard]] Severity severityOfMargin(const std::optional<std::uint64_t>& layers);

/// Of links that are left of `limit`: exhausted at 0, then critical, low, fine.
[[nodiscard]] Severity severityOfHeadroom(const std::optional<std::int64_t>& links,
                                          const std::optional<std::uint64_t>& limit);

/// Of the subdirectories of the directory that is fullest by its own limit, in a root without
/// layers, as severityOfHeadroom(); unknown elsewhere.
[[nodiscard]] Severity severityOfSubdirectories(const CensusReport& census);

/// Of a root by its last census. By the margin where there is one; else by the gravest of: the
/// links that are left (judgedHeadroom()), full inodes that hold bytes, a directory that takes no
/// more names of a file, and subdirectories. Inodes and space do not count without layers: that
/// alarm is of those who watch the filesystem. Unknown without a link limit, unless one of the
/// others is grave.
[[nodiscard]] Severity severityOf(const CensusReport& census);

/// As JSON and the page call it: "ok", "low", "critical", "exhausted" or "unknown".
[[nodiscard]] std::string_view nameOf(Severity severity);

/// "low", "critical" or "exhausted"; empty for what is fine or unknown.
[[nodiscard]] std::string_view wordFor(Severity severity);

/// The ANSI style of a headline with it: green, yellow, red; empty for unknown.
[[nodiscard]] std::string_view styleFor(Severity severity);

}  // namespace hardlink
