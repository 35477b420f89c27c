#pragma once

/// The standard process_* metrics, read from /proc.

#include <cstdint>
#include <optional>
#include <string>

#include "exposition/families.h"

namespace hardlink {

/// Figures of this process; unset where /proc does not tell.
struct ProcessFigures {
  std::optional<double> cpu_seconds;  ///< user and system time together
  std::optional<std::uint64_t> open_fds;
  std::optional<std::uint64_t> max_fds;  ///< the soft limit; 2^64-1 where there is none
  std::optional<std::uint64_t> virtual_memory_bytes;
  std::optional<std::uint64_t> virtual_memory_max_bytes;  ///< as max_fds
  std::optional<std::uint64_t> resident_memory_bytes;
  std::optional<double> start_time_seconds;  ///< since the Unix epoch
  std::optional<std::uint64_t> threads;
};

/// Reads `proc`/self and `proc`/stat; a few microseconds, no disk. Any thread.
[[nodiscard]] ProcessFigures readProcessFigures(const std::string& proc = "/proc");

/// `figures` as metric families; to be rendered at every scrape.
[[nodiscard]] Families processFamilies(const ProcessFigures& figures = readProcessFigures());

}  // namespace hardlink
