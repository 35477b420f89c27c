#include "daemon/scanner/schedule.h"

#include <algorithm>

namespace hardlink {

Schedule::Schedule(const ScanConfig& scan, SteadyTime now)
    : scan_(scan), due_(now), rested_(now), started_(now), last_change_(now) {}

void Schedule::censusStarted(SteadyTime now) {
  started_ = now;
  first_change_.reset();
}

void Schedule::censusEnded(SteadyTime now) {
  using Seconds = std::chrono::duration<double>;
  const Seconds worked = now - started_;
  const Seconds rest = worked / scan_.max_duty - worked;
  rested_ = now + std::chrono::duration_cast<SteadyTime::duration>(rest);
  due_ = started_ + scan_.interval;
}

void Schedule::layersChanged(SteadyTime now) {
  first_change_ = first_change_.value_or(now);
  last_change_ = now;
}

SteadyTime Schedule::nextCensus() const {
  SteadyTime due = due_;
  if (first_change_) {
    due = std::min({due, last_change_ + kQuiet, *first_change_ + kPatience});
  }
  return std::max(due, rested_);
}

}  // namespace hardlink
