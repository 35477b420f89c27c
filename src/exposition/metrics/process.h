#pragma once

/// The standard process_* metrics, read from /proc.

#include <cstdint>
#include <optional>
#include <string>

#include "exposition/metrics/families.h"

namespace hardlink {

/// Figures of this process; unset where /proc does not tell.
struct ProcessFigures {
  std::optional<double> cpu_seconds;  ///< user and system time together
  std::optional<std::uint64_t> open_fds;
  std::uint64_t max_fds = 0;  ///< the soft limit; 2^64-1 where there is none
  std::optional<std::uint64_t> virtual_memory_bytes;
  std::uint64_t virtual_memory_max_bytes = 0;  ///< as max_fds
  std::optional<std::uint64_t> resident_memory_bytes;
  std::optional<double> start_time_seconds;  ///< since the Unix epoch
  std::optional<std::uint64_t> threads;
};

/// Reads the figures of this process, for every scrape anew: half of what a scrape costs, so what
/// does not change is read once. Touches no disk.
class ProcessReader {
 public:
  explicit ProcessReader(std::string proc = "/proc");

  /// Any thread.
  [[nodiscard]] ProcessFigures read() const;

 private:
  std::string proc_;
  std::optional<std::uint64_t> boot_seconds_;  // the system's start, since the Unix epoch
};

/// `figures` as metric families.
[[nodiscard]] Families processFamilies(const ProcessFigures& figures);

}  // namespace hardlink
