#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/counts.h"
#include "census/engine.h"
#include "census/inode_table.h"
#include "census/tree_walker.h"
#include "census/units.h"

namespace hardlink {

/// One thread's part of a walk: counts the names of one unit after the other without a stat per
/// name, and stats an inode when nobody in the census has seen it yet.
class UnitCounter : public TreeVisitor {
 public:
  /// What it has added up over all its units.
  struct Totals {
    std::uint64_t names = 0;
    std::uint64_t directories = 0;
    std::uint64_t max_subdirectories = 0;
    CensusErrors errors;
  };

  /// Everything passed must outlive the counter; `inodes` and `progress` are shared with others.
  UnitCounter(const CensusRequest& request, const FilesystemInfo& filesystem,
              const Exclusions& exclusions, InodeTable& inodes, CensusProgress& progress);

  /// Counts `units[number - 1]`, found below `root`; returns the layer's counts, or nothing for a
  /// unit that is no layer or has vanished.
  [[nodiscard]] std::optional<LayerCounts> countUnit(int root, const Unit& unit,
                                                     std::uint32_t number,
                                                     const std::stop_token& stop);
  /// Counts the shallow directories as unit 0 and returns the units below them.
  [[nodiscard]] std::vector<Unit> countShallow(int root, const LayerPlan& plan,
                                               const std::stop_token& stop);

  [[nodiscard]] const Totals& totals() const { return totals_; }

  void onName(int directory, const os::DirectoryEntry& entry) override;
  bool onDirectory(const os::DirectoryEntry& entry) override;
  void onDirectoryEnd(std::uint64_t subdirectories) override;
  void onError(int error, const char* name, bool directory) override;

 private:
  void startUnit(const std::string& path);
  /// Adds the unit to the shared table and to the totals, and forgets it.
  LayerCounts finishUnit(const Unit& unit, std::uint32_t number);
  [[nodiscard]] LayerCounts tally() const;
  /// The index of the inode behind `entry`, stat'ed if nobody has seen it yet; kNone, with an
  /// error counted, if it cannot be.
  [[nodiscard]] InodeTable::Index indexOf(int directory, const os::DirectoryEntry& entry);
  [[nodiscard]] std::string pathBelowRoot(const char* name) const;
  void reportProgress();

  const CensusRequest& request_;
  const Exclusions& exclusions_;
  InodeTable& inodes_;
  CensusProgress& progress_;
  const bool trust_entries_;  // d_ino and d_type are those that statx gives
  TreeWalker walker_;
  std::vector<std::uint32_t> unit_names_;       // of the unit, by index
  std::vector<InodeTable::Index> unit_inodes_;  // those with names in the unit
  InodeTable::Index guess_ = 0;                 // where the next inode probably is
  Totals totals_;
  std::string unit_path_;
  std::uint64_t unreported_names_ = 0;
};

}  // namespace hardlink
