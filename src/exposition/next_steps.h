#pragma once

/// What is wrong with a root, by the alerts of deploy/prometheus/, and what to do next. Any thread.

#include <string>
#include <string_view>
#include <vector>

#include "model/report.h"

namespace hardlink {

/// An alarm of a root.
struct RootAlarm {
  /// The alert that says the same; where there is none, the runbook's section about it.
  std::string_view name;
  std::string next_step;  ///< what the command is for; the words before a colon
  std::string command;    ///< one line for a shell of the host
};

/// What puts the root at its level, or makes its figures uncertain: the gravest first; empty where
/// nothing does. A command only reads and prints, except that it reloads the configuration after
/// the reader has changed it. `stale` as in staleSummaryOf().
[[nodiscard]] std::vector<RootAlarm> alarmsOf(const RootReport& root, bool stale);

/// The path of the runbook's section with this heading: `/runbook#links-end-first`. Its anchor is
/// that of GitHub.
[[nodiscard]] std::string runbookPath(std::string_view heading);

/// That anchor alone.
[[nodiscard]] std::string anchorOf(std::string_view heading);

}  // namespace hardlink
