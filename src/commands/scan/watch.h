#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "commands/scan/background_scan.h"

namespace hardlink {

/// Renders the table of a round. `before` is the report of the round before, or null.
using RenderRound = std::function<std::string(const Report& now, const Report* before)>;

/// Counts again and again and shows each round: in place on a terminal, otherwise one table after
/// the other. A round begins every `interval`, or later, so that the pause is at least as long as
/// the round was. `q`, SIGINT, SIGTERM or SIGHUP ends it; `signals` must include these, and SIGTSTP
/// and SIGWINCH for a terminal. Returns whether the last round succeeded. Ends the process itself
/// if a filesystem holds the counting thread.
[[nodiscard]] bool watchRounds(BackgroundScan& scan, const Signals& signals,
                               std::chrono::milliseconds interval, const RenderRound& render);

}  // namespace hardlink
