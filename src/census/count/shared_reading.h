#pragma once

#include <sys/types.h>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "census/count/unit_reader.h"
#include "census/count/unit_tally.h"

namespace hardlink {

class SharedReading;

/// A directory that has been found in its parent and has yet to be read.
struct FoundDirectory {
  std::uint64_t inode = 0;
  std::string path{};  ///< below the root; the ext4 engine keeps it only where it needs it
};

/// Directories of one unit, to be read with everything below them by one thread.
struct UnitPart {
  SharedReading* reading = nullptr;  ///< which the part belongs to
  std::size_t depth = 0;             ///< of the directories, in components below the root
  dev_t device = 0;                  ///< of the unit, where a reader compares devices; else 0
  std::vector<FoundDirectory> directories{};
};

/// Where the threads of a census give each other parts of the units that they read. Any thread.
class PartPool {
 public:
  PartPool() = default;
  PartPool(const PartPool&) = delete;
  PartPool& operator=(const PartPool&) = delete;

  /// There are `units` units to be read. To be called before the threads begin.
  void begin(std::size_t units) { units_left_ = units; }
  /// A unit has been read, or its reading has failed. To be called once for each.
  void endUnit();
  /// Waits for a part, for a thread that finds no unit left. Returns nothing when all units have
  /// been read, or after a stop. The caller must call SharedReading::endPart() when it has read the
  /// part, also if that fails.
  [[nodiscard]] std::optional<UnitPart> take(const std::stop_token& stop);

 private:
  friend class SharedReading;

  void updateWanted();

  std::mutex mutex_;                     // guards what follows, and the counters of the readings
  std::condition_variable_any changed_;  // a part was given, ended, or taken off; a unit ended
  std::vector<UnitPart> parts_;          // that no thread has taken yet
  std::size_t units_left_ = 0;
  std::size_t waiting_ = 0;  // threads in take()
  std::atomic<bool> wanted_ =
      false;  // more threads wait than there are parts; changes with the lock
};

/// One reading of one unit, by the thread that took the unit (its *owner*) and by others that take
/// parts of it. Each thread counts in a tally of its own, and the owner adds all of them up.
///
/// It costs nothing while no thread waits for work. The owner makes and destroys it.
class SharedReading {
 public:
  /// Everything passed must outlive it.
  SharedReading(const CensusContext& context, const Unit& unit, std::uint32_t number)
      : context_(context), unit_(unit), number_(number) {}
  SharedReading(const SharedReading&) = delete;
  SharedReading& operator=(const SharedReading&) = delete;
  /// Drops the parts that are left, and waits for the threads that read one.
  virtual ~SharedReading();

  [[nodiscard]] const Unit& unit() const { return unit_; }
  [[nodiscard]] std::uint32_t number() const { return number_; }

  /// Whether another thread has nothing to read. To be asked once per directory or level. Any
  /// thread that reads the unit.
  [[nodiscard]] bool isWanted() const {
    return (context_.parts.wanted_.load(std::memory_order_relaxed) ||
            owner_waits_.load(std::memory_order_relaxed)) &&
           !isCancelled();
  }
  /// Lets another thread read the directories of `part`, which the caller then does not read. Any
  /// thread that reads the unit.
  void give(UnitPart part);

  /// The result is of no use any more: the readers should end. Any thread that reads the unit.
  void cancel() { cancelled_.store(true, std::memory_order_relaxed); }
  [[nodiscard]] bool isCancelled() const { return cancelled_.load(std::memory_order_relaxed); }

  /// Adds what another thread than the owner has counted in `tally`, which is then empty.
  void add(UnitTally& tally);
  /// A part that PartPool::take() has returned has been read.
  void endPart();

  /// The next part for the owner, who has read everything else. Waits while other threads read
  /// parts, since they may give some back. Returns nothing when all parts have been read.
  [[nodiscard]] std::optional<UnitPart> takeBack();
  /// Adds all that other threads have counted to the owner's `tally`. To be called when no part is
  /// left.
  void addTo(UnitTally& tally);

 private:
  friend class PartPool;

  [[nodiscard]] std::optional<UnitPart> takeOwn();

  const CensusContext& context_;
  const Unit& unit_;
  const std::uint32_t number_;
  std::size_t readers_ = 0;  // threads other than the owner that read a part
  std::atomic<bool> owner_waits_ = false;
  std::atomic<bool> cancelled_ = false;
  std::mutex mutex_;                 // guards merged_ while there are other readers
  std::optional<UnitTally> merged_;  // what the other threads have counted
  SingleLinks singles_of_merged_;    // which is never finished, so they stay empty
};

}  // namespace hardlink
