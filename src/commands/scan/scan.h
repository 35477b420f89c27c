#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "commands/common_flags.h"
#include "commands/scan/background_scan.h"

namespace hardlink {

/// `hardlink_exporter scan [PATH…]`.
struct ScanOptions {
  std::vector<std::string> paths;
  OutputFormat format = OutputFormat::table;
  std::optional<std::string> output;               ///< a file to replace instead of standard output
  std::uint64_t top = 10;                          ///< rows of each list
  bool exact = false;                              ///< 59,297 and not 59.3k, on a terminal too
  std::optional<std::chrono::milliseconds> watch;  ///< count again and again, this often
  CensusFlags census;
};

void addScanFlags(Flags& flags, ScanOptions& options);

/// Counts once, or again and again, and prints each result. Returns the exit code.
[[nodiscard]] int runScan(const ScanOptions& options);

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
