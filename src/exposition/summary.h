#pragma once

/// A root in words. The status page, JSON and the terminal all take theirs from here. Any thread.

#include <optional>
#include <string>

#include "exposition/severity.h"
#include "model/report.h"

namespace hardlink {

struct Summary {
  std::string state;     ///< how the last census went, in two or three words
  Severity level{};      ///< fine only where a complete census has succeeded and is not stale
  std::string headline;  ///< the margin in the words of the layout; else the headroom
  std::string note;      ///< what else matters, in sentences; may be empty. Holds raw names
};

[[nodiscard]] Summary summaryOf(const RootReport& root);

/// The words that replace those of summaryOf() at a time, if no census succeeds before it.
struct StaleSummary {
  SystemTime after;  ///< half an hour after the last success, as the alert HardlinkCensusStale
  Summary summary;
};

/// Unset where there are no figures, or where they are no more than the last known ones already.
[[nodiscard]] std::optional<StaleSummary> staleSummaryOf(const RootReport& root);

}  // namespace hardlink
