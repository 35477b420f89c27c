#pragma once

#include <cstdint>
#include <utility>

#include "base/os/clocks.h"
#include "census/refresh/kept_units.h"
#include "model/counts.h"

namespace hardlink {

/// The units of one root from census to census, and whether they can be relied on. One census at a
/// time, between begin() and end().
class UnitMemory {
 public:
  /// Whether censuses should keep units at all: no full census has contradicted what was kept.
  [[nodiscard]] bool isTrusted() const { return is_trusted_; }
  [[nodiscard]] KeptUnits& units() { return units_; }

  /// When the census began, by the clock that gives directories their times.
  [[nodiscard]] std::int64_t begunNs() const { return begun_ns_; }

  /// Begins a census. Forgets everything if the clock was set back since the last call, or if it is
  /// `in_doubt` for a reason of the engine's.
  void begin(bool in_doubt) {
    begun_ns_ = os::fileClockNs();
    if (isClockSetBack() || in_doubt) {
      units_.clear();
    }
  }

  /// Ends the census, which found `counts`: forgets the units that it has not met.
  void end(RootCounts& counts) {
    if (isClockSetBack()) {
      units_.clear();
      counts.contradictions.clear();
      return;
    }
    units_.forgetOthers();
    if (!counts.contradictions.empty()) {
      units_.clear();
      is_trusted_ = false;
    }
  }

 private:
  bool isClockSetBack() {
    constexpr std::int64_t kExactNs = 1'000'000;
    const std::int64_t now = os::clockOffsetNs();
    return std::exchange(clock_offset_ns_, now) > now + kExactNs;
  }

  KeptUnits units_;
  std::int64_t begun_ns_ = 0;
  std::int64_t clock_offset_ns_ = 0;
  bool is_trusted_ = true;
};

}  // namespace hardlink
