#pragma once

#include <cstdint>
#include <vector>

#include "base/counts.h"
#include "census/inode_table.h"
#include "census/inode_tracker.h"
#include "census/units.h"

namespace hardlink {

/// The names of one unit, inode by inode, while one thread reads it. Not thread-safe; used for one
/// unit after the other.
class UnitTally {
 public:
  /// All must outlive the tally; `inodes` and `tracker` are shared with other threads.
  UnitTally(InodeTable& inodes, InodeTracker& tracker, const CensusRequest& request)
      : inodes_(inodes), tracker_(tracker), request_(request) {}

  /// The index of a known inode, or InodeTable::kNone; quickest when names are asked for in the
  /// order in which they were added last time.
  [[nodiscard]] InodeTable::Index find(std::uint64_t inode) const {
    return inodes_.find(inode, guess_);
  }
  /// Counts one more name of the inode at `index`.
  void add(InodeTable::Index index) {
    guess_ = index + 1;
    if (index >= names_.size()) {
      grow(index);
    }
    if (names_[index]++ == 0) {
      present_.push_back(index);
    }
  }
  /// What has been added, as the counts of the layer `unit` (its name alone where it is none);
  /// adds it to the shared table and the tracker as unit number `number`, and begins the next unit.
  [[nodiscard]] LayerCounts finish(const Unit& unit, std::uint32_t number);
  /// Begins the next unit as if nothing had been added. What the unit alone holds stays in the
  /// shared table, without names.
  void discard();

 private:
  void grow(InodeTable::Index index);
  void addToTable(const Unit& unit, std::uint32_t number);
  /// What the unit is to the tracker; of `layer` all but its names is filled in.
  [[nodiscard]] CountedUnit summary(const Unit& unit, std::uint32_t number,
                                    LayerCounts& layer) const;
  /// Those of the tracker's samples that have names in the unit.
  [[nodiscard]] std::vector<std::uint64_t> sampled() const;
  [[nodiscard]] std::uint64_t namesOf(std::uint64_t inode) const;

  InodeTable& inodes_;
  InodeTracker& tracker_;
  const CensusRequest& request_;
  std::vector<std::uint32_t> names_;        // by index
  std::vector<InodeTable::Index> present_;  // those with names
  InodeTable::Index guess_ = 0;             // where the next inode probably is
};

}  // namespace hardlink
