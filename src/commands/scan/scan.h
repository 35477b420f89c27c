#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "commands/common_flags.h"

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

}  // namespace hardlink
