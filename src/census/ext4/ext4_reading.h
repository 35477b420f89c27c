#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

#include "census/count/shared_reading.h"
#include "census/count/unit_reader.h"
#include "census/ext4/seen_directories.h"

namespace hardlink {

/// What all threads that read a unit have found.
class Ext4Reading : public SharedReading {
 public:
  /// `fresh`: the unit is read again, and the map is of another moment.
  Ext4Reading(const CensusContext& context, const Unit& unit, std::uint32_t number, bool fresh)
      : SharedReading(context, unit, number), is_fresh(fresh), totals(context.request) {}

  /// Adds what one thread has found.
  void addFound(const UnitTotals& found, std::vector<SeenDirectory> found_seen) {
    const std::lock_guard lock(mutex_);
    totals.merge(found);
    if (seen.empty()) {
      seen = std::move(found_seen);
    } else {
      seen.insert(seen.end(), found_seen.begin(), found_seen.end());
    }
  }

  const bool is_fresh;
  /// How many there are, to end the walk over a damaged filesystem whose directories contain each
  /// other.
  std::atomic<std::uint64_t> directories = 1;
  std::atomic<bool> is_encrypted = false;  ///< there are directories that only the kernel can read
  std::atomic<bool> is_recent = false;     ///< there are directories that have changed too late
  /// To be read when no other thread reads the unit.
  UnitTotals totals;
  std::vector<SeenDirectory> seen;

 private:
  std::mutex mutex_;
};

}  // namespace hardlink
