#pragma once

/// A verdict in the formats of the monitoring systems. Any thread.

#include <cstddef>
#include <string>

#include "commands/check/verdict.h"

namespace hardlink {

/// Bytes of a message that node-problem-detector keeps (its max_output_length).
inline constexpr std::size_t kNpdBytes = 80;

/// One line for Nagios and similar systems, as the Monitoring Plugins' development guidelines want
/// it: the state, a text that has no `|`, and performance data: per root the layers and the links
/// that remain and, without layers, the full inodes that hold bytes, with the thresholds as ranges
/// (`20:` alerts below 20). Labels have no `=`. Ends with a newline and has no other.
[[nodiscard]] std::string renderNagios(const Verdict& verdict);

/// One line of at most kNpdBytes bytes before its newline, for node-problem-detector's custom
/// plugins. The figures come first, so that only the name of a root is cut. Valid UTF-8.
[[nodiscard]] std::string renderNpd(const Verdict& verdict);

/// `verdict` with all its texts in ASCII, for a terminal whose locale is not UTF-8. To be called
/// before rendering, because escapes count in kNpdBytes.
[[nodiscard]] Verdict inAscii(Verdict verdict);

}  // namespace hardlink
