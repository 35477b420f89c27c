#pragma once

/// What people are told of a root: the same words on the status page, in JSON and on a terminal.
/// Any thread.

#include <optional>
#include <string>

#include "exposition/severity.h"
#include "report/report.h"

namespace hardlink {

struct Summary {
  std::string state;     ///< how the last census went, in two or three words
  Severity level{};      ///< fine only where a complete census has succeeded and is not stale
  std::string headline;  ///< the margin; where there are no layers, the headroom
  std::string note;      ///< what else matters, in sentences; may be empty. Not printable
};

[[nodiscard]] Summary summaryOf(const RootReport& root);

/// What holds instead from some time on, if no census succeeds until then.
struct StaleSummary {
  SystemTime after;  ///< half an hour after the last success, as the alert HardlinkCensusStale
  Summary summary;
};

/// Unset where there are no figures, or where they are no more than the last known ones already.
[[nodiscard]] std::optional<StaleSummary> staleSummaryOf(const RootReport& root);

}  // namespace hardlink
