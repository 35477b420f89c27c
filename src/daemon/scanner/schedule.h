#pragma once

/// When the next census of a root is due. Pure: the caller brings the time.

#include <chrono>
#include <optional>

#include "config/types.h"

namespace hardlink {

using SteadyTime = std::chrono::steady_clock::time_point;

class Schedule {
 public:
  /// The first census is due at `now`.
  Schedule(const ScanConfig& scan, SteadyTime now);

  void reconfigure(const ScanConfig& scan) { scan_ = scan; }
  void censusStarted(SteadyTime now);
  void censusEnded(SteadyTime now);
  /// Layers came or went. A census is due when nothing has changed for kQuiet, or kPatience after
  /// the first change.
  void layersChanged(SteadyTime now);

  /// When the next census is due: `interval` after the last one began, or soon after a change, but
  /// never before the root has rested long enough for `max_duty`.
  [[nodiscard]] SteadyTime nextCensus() const;

  static constexpr std::chrono::milliseconds kQuiet{1000};
  static constexpr std::chrono::milliseconds kPatience{10000};

 private:
  ScanConfig scan_;
  SteadyTime due_;     // by the interval
  SteadyTime rested_;  // by max_duty
  SteadyTime started_;
  std::optional<SteadyTime> first_change_;
  SteadyTime last_change_;
};

}  // namespace hardlink
