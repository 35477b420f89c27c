#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "commands/scan/background_scan.h"

namespace hardlink {

/// The table of a round; `before` is the report of the round before, or null.
using RenderRound = std::function<std::string(const Report& now, const Report* before)>;

/// Counts again and again, every `interval` or as often as at least half of the time is left in
/// peace, and shows each round: in place where standard output is a terminal, else one after the
/// other. Until `q`, SIGINT, SIGTERM or SIGHUP, which `signals` have to include, as well as SIGTSTP
/// and SIGWINCH where it is a terminal. Returns whether the last round succeeded. Where a
/// filesystem holds the counting thread it ends the process itself.
[[nodiscard]] bool watchRounds(BackgroundScan& scan, const Signals& signals,
                               std::chrono::milliseconds interval, const RenderRound& render);

}  // namespace hardlink
