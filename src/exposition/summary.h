#pragma once

/// A root in words. The status page, JSON and the terminal all take theirs from here. Any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "exposition/next_steps.h"
#include "exposition/severity.h"
#include "model/report.h"

namespace hardlink {

struct Summary {
  std::string state;     ///< how the last census went, in two or three words
  Severity level{};      ///< fine only where a complete census has succeeded and is not stale
  std::string headline;  ///< the margin in the words of the layout; else the headroom
  std::string note;      ///< what else matters, in sentences; may be empty. Holds raw names
  std::vector<RootAlarm> alarms;  ///< each with its next step
  /// The place of the root in a list that begins with the worst: the lower, the worse. By level,
  /// where a census that fails is worse than another level that is unknown, and that is worse than
  /// fine; then by the margin; then by the share of links that is left. Below 2^53.
  std::uint64_t order = 0;
};

[[nodiscard]] Summary summaryOf(const RootReport& root);

/// The words that replace those of summaryOf() at a time, if no census succeeds before it.
struct StaleSummary {
  SystemTime after;  ///< CensusStatus::stale_after the last success
  Summary summary;
};

/// Unset where there are no figures, or where they are no more than the last known ones already.
[[nodiscard]] std::optional<StaleSummary> staleSummaryOf(const RootReport& root);

}  // namespace hardlink
