#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/os/fd.h"
#include "census/count/engine.h"
#include "census/count/hot_inodes.h"
#include "census/count/inode_table.h"
#include "census/count/inode_tracker.h"
#include "census/count/unit_reader.h"
#include "census/count/units.h"
#include "model/counts.h"

namespace hardlink {

class WalkReader;

/// One census of one root, whichever engine reads the units. The calling thread and
/// `request.threads - 1` others take units, one after the other, until none is left. What lies
/// above the units is always read through the kernel.
class RootCensus {
 public:
  /// Where to find the names of some inodes in one unit.
  using CollectNames =
      std::function<NamesByInode(std::uint32_t unit, const std::vector<std::uint64_t>& wanted)>;
  /// Makes one reader per thread; called in that thread.
  using MakeReader = std::function<std::unique_ptr<UnitReader>(const CensusContext&)>;

  /// Everything passed must outlive the census.
  RootCensus(const CensusRequest& request, const FilesystemInfo& filesystem,
             CensusProgress& progress, std::stop_token stop);

  /// Opens the root. To be called once, before run().
  [[nodiscard]] Result<bool> open();
  /// The root directory, once it is open.
  [[nodiscard]] int root() const { return root_.get(); }

  /// The numbers of all inodes that run() has counted, in no order.
  [[nodiscard]] std::vector<std::uint64_t> inodes() const;

  /// As CensusEngine::count(); `engine` is the engine's name.
  [[nodiscard]] Result<RootCounts> run(std::string_view engine, const MakeReader& make_reader);

 private:
  void countUnits(const CensusContext& context, const MakeReader& make_reader);
  /// What run() returns after a stop, if anything: never the counts of a layer that was not read
  /// to its end.
  [[nodiscard]] Result<RootCounts> whatThereIs(const CensusContext& context,
                                               const MakeReader& make_reader, WalkReader& shallow);
  void sumUpInodes();
  void sumUpSaturated();
  void sumUpUnits();
  /// Whether a copy links the inode.
  [[nodiscard]] bool isLinked(const InodeTable::Record& inode) const;
  void sumUpHeads();
  /// The users of a store, or what tells whether the root is one.
  void sumUpUsers();
  void countTracked(const CensusContext& context, const MakeReader& make_reader,
                    WalkReader& shallow);
  /// Reads the layers again in which the tracker came too late for an inode.
  [[nodiscard]] std::vector<NamesInUnit> countMissed(const InodeTable::Record& inode,
                                                     const CensusContext& context,
                                                     const MakeReader& make_reader);
  /// An inode in the units that hold it, as its layers.
  [[nodiscard]] TrackedInode trackedInode(const InodeTable::Record& inode,
                                          const std::vector<NamesInUnit>& units) const;
  [[nodiscard]] std::vector<std::string> listPaths(std::vector<NamesInUnit> units,
                                                   std::uint64_t inode,
                                                   const CollectNames& collect) const;
  /// How to find names again, one unit at a time. Keeps references to its arguments.
  [[nodiscard]] CollectNames collector(UnitReader& reader, WalkReader& shallow);
  /// Names the hot inodes, the one that binds the root, and the fullest directories; no unit is
  /// read twice for that.
  void nameFoundOnes(const CensusContext& context, const MakeReader& make_reader,
                     WalkReader& shallow);
  /// The hottest inodes, and as the last one that which binds the root where it is none of them.
  [[nodiscard]] std::vector<InodeTable::Record> inodesToName() const;
  void nameFullestDirectories(const NamesByUnit& names);
  /// Why what was counted does not stand for the root; nothing if it does.
  [[nodiscard]] std::optional<Error> reasonToDistrust() const;
  [[nodiscard]] Result<bool> isStillThere() const;

  const CensusRequest& request_;
  const FilesystemInfo& filesystem_;
  CensusProgress& progress_;
  std::stop_token stop_;
  Exclusions exclusions_;
  Fd root_;
  UnitRule rule_;
  std::vector<Unit> units_;
  std::atomic<std::size_t> next_unit_{0};
  InodeTable inodes_;
  InodeTracker tracker_;
  std::mutex mutex_;  // guards totals_ and layers_ while there are threads
  UnitTotals totals_;
  std::vector<std::pair<std::uint32_t, LayerCounts>> layers_;  // with their units' numbers
  std::vector<std::uint32_t> layer_of_unit_;                   // index into counts_.layers
  RootCounts counts_;
};

}  // namespace hardlink
