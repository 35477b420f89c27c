#pragma once

#include <atomic>
#include <mutex>
#include <stop_token>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "census/count/engine.h"
#include "census/count/hot_inodes.h"
#include "census/count/hot_names.h"
#include "census/count/inode_table.h"
#include "census/count/inode_tracker.h"
#include "census/count/shared_reading.h"
#include "census/count/unit_reader.h"
#include "census/walk/name_finder.h"
#include "census/walk/walk_reader.h"
#include "model/counts.h"

namespace hardlink {

/// One census of one root, for both engines. The calling thread and `request.threads - 1` others
/// take units, one after the other, until none is left, and then parts of the units that others are
/// still reading. The shallow directories above the units are always read through the kernel.
class RootCensus {
 public:
  /// `root`: the root directory, open. Everything passed must outlive the census.
  RootCensus(const CensusRequest& request, const FilesystemInfo& filesystem, int root,
             CensusProgress& progress, const MakeReader& make_reader, std::stop_token stop);

  /// As CensusEngine::count(); `engine` is the engine's name. To be called once.
  [[nodiscard]] Result<RootCounts> run(std::string_view engine);

  /// What its readers share.
  [[nodiscard]] const CensusContext& context() const { return context_; }
  /// The numbers of the inodes that run() has counted and kept, in no order. The others have one
  /// link each.
  [[nodiscard]] std::vector<std::uint64_t> inodes() const;
  /// The `count` hottest inodes of the root, as hottestInodes().
  [[nodiscard]] std::vector<InodeTable::Record> hottest(std::size_t count) const {
    return hottestInodes(inodes_, totals_.singles, count);
  }

 private:
  void countUnits();
  /// Counts units, as one thread of several, until all have been counted.
  void takeUnits();
  void countUnit(UnitReader& reader, std::size_t index);
  /// What run() returns after a stop, without layers that were not read to their end.
  [[nodiscard]] Result<RootCounts> partialCounts();
  void sumUpInodes();
  /// Adds the inodes that were counted and not kept.
  void sumUpSingles();
  void sumUpUnits();
  /// Whether a copy links the inode.
  [[nodiscard]] bool isLinked(const InodeTable::Record& inode) const;
  void sumUpHeads();
  /// The users of a store, or the evidence that the root is one.
  void sumUpUsers();
  void countTracked();
  /// The inode, with the units that hold it as its layers.
  [[nodiscard]] TrackedInode trackedInode(const InodeTable::Record& inode,
                                          const std::vector<NamesInUnit>& units) const;
  /// Names the hot inodes, the one that binds the root, and the fullest directories. Reads units
  /// again only for names that were not kept or do not hold any more, and each once.
  void findNames();
  /// The hottest inodes, and last the one that binds the root if it is none of them.
  [[nodiscard]] std::vector<InodeTable::Record> inodesToName() const;
  void nameFullestDirectories(const NamesByUnit& names);
  /// Fails if the counts are not those of the whole root.
  [[nodiscard]] Result<void> verifyCounts() const;
  /// Fails if the path no longer leads to the directory that was counted.
  [[nodiscard]] Result<void> verifyRootUnchanged() const;

  const CensusRequest& request_;
  CensusProgress& progress_;
  const MakeReader& make_reader_;
  std::stop_token stop_;
  const Exclusions exclusions_;
  const UnitRule rule_;
  InodeTable inodes_;
  InodeTracker tracker_;
  LayerSets layer_sets_;
  HotNames hot_names_;
  PartPool parts_;
  const CensusContext context_;
  WalkReader shallow_;  // reads what lies above the units
  std::vector<Unit> units_;
  std::atomic<std::size_t> next_unit_{0};
  std::mutex mutex_;  // guards totals_ and layers_ while there are threads
  UnitTotals totals_;
  std::vector<std::pair<std::uint32_t, LayerCounts>> layers_;  // with their units' numbers
  std::vector<std::uint32_t> layer_of_unit_;                   // index into counts_.layers
  RootCounts counts_;
  NameFinder names_;
};

}  // namespace hardlink
