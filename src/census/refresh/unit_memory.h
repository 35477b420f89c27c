#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/os/clocks.h"
#include "census/count/engine.h"
#include "census/refresh/kept_units.h"
#include "filesystem/filesystem.h"
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

  /// Begins a census. Forgets everything if the clock was set back since the last call, if the
  /// filesystem or what is asked for is another, or if it is `in_doubt` for a reason of the
  /// engine's.
  void begin(const CensusRequest& request, const FilesystemInfo& filesystem, bool in_doubt) {
    begun_ns_ = os::fileClockNs();
    Basis now{filesystem.type,
              filesystem.device_number,
              request.options.exclude,
              request.hot_directories,
              filesystem.costs,
              filesystem.subdirectory_limit,
              filesystem.unindexed_subdirectory_limit};
    if (isClockSetBack() || in_doubt || now != basis_) {
      units_.clear();
    }
    basis_ = std::move(now);
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
  /// What must be as it was, or what is kept of the units says nothing.
  struct Basis {
    std::string filesystem;
    dev_t device = 0;
    std::vector<std::string> exclude;
    std::size_t hot_directories = 0;
    CopyCosts costs;
    std::optional<std::uint64_t> subdirectory_limit;
    std::optional<std::uint64_t> unindexed_subdirectory_limit;

    bool operator==(const Basis&) const = default;
  };

  bool isClockSetBack() {
    constexpr std::int64_t kExactNs = 1'000'000;
    const std::int64_t now = os::clockOffsetNs();
    return std::exchange(clock_offset_ns_, now) > now + kExactNs;
  }

  KeptUnits units_;
  Basis basis_;
  std::int64_t begun_ns_ = 0;
  std::int64_t clock_offset_ns_ = 0;
  bool is_trusted_ = true;
};

}  // namespace hardlink
