#include "daemon/scanner/pace.h"

#include <algorithm>

namespace hardlink {

void Pace::changed(Change change, SteadyTime now) {
  std::optional<SteadyTime>& first = change == Change::figures ? figures_ : times_;
  first = first.value_or(now);
}

void Pace::taken() {
  figures_.reset();
  times_.reset();
}

void Pace::published(SteadyTime now, SteadyTime::duration cost) {
  const SteadyTime::duration least = kLeastPause;
  const SteadyTime::duration longest = kLongestPause;
  figures_after_ = now + std::clamp(kFiguresPause * cost, least, longest);
  times_after_ = now + std::clamp(kTimesPause * cost, least, longest);
}

std::optional<SteadyTime> Pace::due() const {
  std::optional<SteadyTime> due;
  if (figures_) {
    due = std::max(*figures_, figures_after_);
  }
  if (times_) {
    const SteadyTime times_due = std::max<SteadyTime>(*times_ + kLeastPause, times_after_);
    due = std::min(due.value_or(times_due), times_due);
  }
  return due;
}

}  // namespace hardlink
