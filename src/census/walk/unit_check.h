#pragma once

#include <stop_token>
#include <vector>

#include "base/os/fd.h"
#include "base/os/os.h"
#include "census/count/inode_table.h"
#include "census/count/unit_reader.h"
#include "census/refresh/kept_units.h"
#include "census/walk/unit_listing.h"

namespace hardlink {

/// Finds out whether units that an earlier census kept have changed, by the inodes of their
/// directories: a stat for each directory instead of opening and reading it, a fifth of the time
/// where they are cached and a seventh where they are not (docs/performance.md). One per thread.
class UnitCheck {
 public:
  /// `context` must outlive it.
  explicit UnitCheck(const CensusContext& context) : context_(context) {}

  /// Whether each directory of `unit` is what it was. False after a stop.
  [[nodiscard]] bool isUnchanged(const KeptUnits::Unit& unit, const std::stop_token& stop);
  /// The inodes that are named in the unit, as they were when isUnchanged() found it unchanged.
  [[nodiscard]] const std::vector<InodeTable::Inode>& inodes() const { return inodes_; }

 private:
  /// Opens a directory, adds its mark and stats the names in it; false if that fails.
  [[nodiscard]] bool enter(int parent, const char* name, std::size_t number, ListedNames& names);
  [[nodiscard]] bool addMark(int directory, const char* name);
  [[nodiscard]] bool statNames(std::size_t number, ListedNames& names);

  const CensusContext& context_;
  std::vector<Fd> open_;  // from the unit's own directory on
  CombinedFingerprint fingerprint_;
  std::vector<InodeTable::Inode> inodes_;
};

/// Finds out which of `units` are unchanged, with the request's threads. Unless all are to be read
/// anyway, makes the inodes that are named in them known to the census if they have several links,
/// and leaves the others in KeptUnits::Unit::singles.
void checkUnits(const CensusContext& context, const std::vector<KeptUnits::Unit*>& units,
                const std::stop_token& stop);

}  // namespace hardlink
