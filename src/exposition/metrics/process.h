#pragma once

/// The standard process_* metrics, read from /proc.

#include <cstdint>
#include <optional>
#include <string>

#include "exposition/metrics/families.h"

namespace hardlink {

/// Figures of this process; unset if /proc does not have them.
struct ProcessFigures {
  std::optional<double> cpu_seconds;  ///< user and system time together
  std::optional<std::uint64_t> open_fds;
  std::uint64_t max_fds = 0;  ///< the soft limit; 2^64-1 if there is none
  std::optional<std::uint64_t> virtual_memory_bytes;
  std::uint64_t virtual_memory_max_bytes = 0;  ///< as max_fds
  std::optional<std::uint64_t> resident_memory_bytes;
  std::optional<double> start_time_seconds;  ///< since the Unix epoch
  std::optional<std::uint64_t> threads;
};

/// Reads the figures of this process again for every scrape, without touching a disk. That is half
/// of the cost of a scrape, so figures that do not change are read once.
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
