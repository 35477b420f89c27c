#pragma once

/// A report as a monitoring system wants it: fine, or how bad. Pure functions: no system calls, no
/// clock. Any thread.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "commands/check/alert_range.h"
#include "model/report.h"

namespace hardlink {

/// When to alert; an unset one never does. With no range set at all, the usual ones hold: fewer
/// than 20 and 5 layers; where there are no layers, fewer than 10 % and 2 % of the links, and of
/// the subdirectories of a directory that has a limit.
struct Thresholds {
  std::optional<AlertRange> warning{};  ///< of extractions remaining, else of headroom
  std::optional<AlertRange> critical{};
  std::optional<AlertRange> warning_links{};  ///< of headroom, whether there are layers or not
  std::optional<AlertRange> critical_links{};
  /// How many full inodes a root without layers may have; unset: none. Where it is set, the usual
  /// shares of links do not hold: who starts a new inode at the limit always has one near it.
  std::optional<std::uint64_t> allow_saturated{};

  bool operator==(const Thresholds&) const = default;
};

/// Ascending in gravity: what is known to be bad outweighs what is not known.
enum class VerdictState : std::uint8_t { ok, unknown, warning, critical };

/// What one figure is judged by.
struct AlertRanges {
  std::optional<AlertRange> warning{};
  std::optional<AlertRange> critical{};

  bool operator==(const AlertRanges&) const = default;
};

struct RootVerdict {
  std::string root;
  std::string layout;  ///< what the layers are; empty where that is not known
  VerdictState state = VerdictState::unknown;
  /// Figures that can be relied on; unset where there are none, or where they are out of date.
  std::optional<std::uint64_t> extractions_remaining;
  std::optional<std::uint64_t> rounds_remaining;
  std::size_t series = 0;
  std::optional<std::int64_t> headroom_links;
  std::optional<std::uint64_t> link_limit;
  std::string remark;    ///< what could not be judged, and why; empty where nothing is to be said
  std::string note;      ///< what changes nothing of the state, but should be seen
  AlertRanges layers{};  ///< what extractions_remaining was judged by
  AlertRanges links{};   ///< what headroom_links was judged by
  std::optional<Limit> first_limit{};  ///< what extractions_remaining is of
  std::optional<SaturatedInodes> saturated{};
  std::optional<AlertRange> full_inodes{};  ///< what those of them that hold bytes were judged by
  std::string fullness{};                   ///< what else is full or nearly so; may be empty

  bool operator==(const RootVerdict&) const = default;
};

struct Verdict {
  VerdictState state = VerdictState::unknown;  ///< the gravest of the roots'
  std::vector<RootVerdict> roots;              ///< gravest first, of equals the tightest
  std::string remark;                          ///< why there are no roots

  bool operator==(const Verdict&) const = default;
};

/// When figures were looked at, and how old they may be, or how far in the future where clocks
/// differ.
struct Freshness {
  SystemTime now;
  std::chrono::seconds max_age;
};

/// A root is judged by layers where its margin is known, else by links (judgedHeadroom()). A root
/// without layers is critical too where more inodes that hold bytes are full than are allowed,
/// whatever the ranges, and where a directory takes no more names of a file. A root whose figures
/// are missing or out of date, and one whose link limit is not known, is unknown and never fine. An
/// incomplete census can only have missed links: a figure of it that is below a threshold counts,
/// one that is not is unknown.
[[nodiscard]] Verdict verdictOn(const Report& report, const Thresholds& thresholds,
                                const Freshness& freshness);

/// The verdict where there is no report at all.
[[nodiscard]] Verdict unknownVerdict(std::string remark);

}  // namespace hardlink
