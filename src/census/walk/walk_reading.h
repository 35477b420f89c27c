#pragma once

#include <cstdint>
#include <mutex>

#include "census/count/shared_reading.h"
#include "census/count/unit_reader.h"
#include "census/walk/unit_listing.h"

namespace hardlink {

/// What all threads that walk a unit have found.
class WalkReading : public SharedReading {
 public:
  WalkReading(const CensusContext& context, const Unit& unit, std::uint32_t number)
      : SharedReading(context, unit, number), totals(context.request) {}

  /// Adds what one thread has found; `found_listing` is then empty.
  void addFound(const UnitTotals& found, UnitListing& found_listing) {
    const std::lock_guard lock(mutex_);
    totals.merge(found);
    listing.absorb(found_listing);
  }

  /// To be read when no other thread reads the unit.
  UnitTotals totals;
  UnitListing listing;

 private:
  std::mutex mutex_;
};

}  // namespace hardlink
