#pragma once

/// Judges a report for a monitoring system, and writes the verdict in the format of one. Pure
/// functions: no system calls, no clock. Any thread.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "commands/check/alert_range.h"
#include "model/report.h"

namespace hardlink {

/// When to alert; an unset range never alerts. If no range is set at all, the defaults apply: fewer
/// than 20 and 5 layers; in a root without layers, fewer than 10 % and 2 % of the links, and of the
/// subdirectories of a directory that has a limit.
struct Thresholds {
  std::optional<AlertRange> warning{};  ///< of extractions remaining, else of headroom
  std::optional<AlertRange> critical{};
  std::optional<AlertRange> warning_links{};  ///< of headroom, whether there are layers or not
  std::optional<AlertRange> critical_links{};
  /// How many full inodes a root without layers may have; unset: none. If it is set, the default
  /// shares of links do not apply: a writer that starts a new inode at the limit always has one
  /// near the limit.
  std::optional<std::uint64_t> allow_saturated{};

  bool operator==(const Thresholds&) const = default;
};

/// Ascending in gravity. A known problem is graver than an unknown figure.
enum class VerdictState : std::uint8_t { ok, unknown, warning, critical };

/// What one figure is judged by.
struct AlertRanges {
  std::optional<AlertRange> warning{};
  std::optional<AlertRange> critical{};

  bool operator==(const AlertRanges&) const = default;
};

struct RootVerdict {
  std::string root;
  std::string layout;  ///< what the layers are; empty if unknown
  VerdictState state = VerdictState::unknown;
  /// Reliable figures; unset if there are none or if they are out of date.
  std::optional<std::uint64_t> extractions_remaining;
  std::optional<std::uint64_t> rounds_remaining;
  std::size_t series = 0;
  std::optional<std::int64_t> headroom_links;
  std::optional<std::uint64_t> link_limit;
  std::string remark;                  ///< what could not be judged, and why; may be empty
  std::string note;                    ///< a warning that does not change the state
  AlertRanges layers{};                ///< what extractions_remaining was judged by
  AlertRanges links{};                 ///< what headroom_links was judged by
  std::optional<Limit> first_limit{};  ///< what extractions_remaining is of
  std::optional<SaturatedInodes> saturated{};
  std::optional<AlertRange> full_inodes{};  ///< what those of them that hold bytes were judged by
  std::string fullness{};                   ///< what else is full or nearly so; may be empty

  bool operator==(const RootVerdict&) const = default;
};

struct Verdict {
  VerdictState state = VerdictState::unknown;  ///< the gravest state of a root
  std::vector<RootVerdict> roots;  ///< gravest first; among equals the least margin first
  std::string remark;              ///< why there are no roots

  bool operator==(const Verdict&) const = default;
};

/// The time of the judgement, and how old figures may be then, or how far in the future if clocks
/// differ.
struct Freshness {
  SystemTime now;
  std::chrono::seconds max_age;
};

/// Judges a root by layers if its margin is known, otherwise by links (judgedHeadroom()). A root
/// without layers is also critical, whatever the ranges, if more inodes that hold bytes are full
/// than are allowed, or if a directory takes no more names of a file. A root is unknown and never
/// OK if its figures are missing or out of date, or if its link limit is unknown. An incomplete
/// census can only have missed links: a figure below a threshold still alerts, and any other is
/// unknown.
[[nodiscard]] Verdict verdictOn(const Report& report, const Thresholds& thresholds,
                                const Freshness& freshness);

/// The verdict without any report.
[[nodiscard]] Verdict unknownVerdict(std::string remark);

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
