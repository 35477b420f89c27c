#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "census/count/shared_reading.h"
#include "census/count/unit_reader.h"
#include "census/count/unit_tally.h"
#include "census/ext4/ext4_directory_reader.h"
#include "census/ext4/ext4_inode_map.h"
#include "census/ext4/ext4_inode_reader.h"
#include "census/ext4/ext4_paths.h"
#include "census/ext4/ext4_volume.h"
#include "census/ext4/hidden_directories.h"
#include "census/ext4/seen_directories.h"
#include "census/refresh/unit_recall.h"
#include "census/walk/walk_reader.h"

namespace hardlink {

class Ext4Reading;

/// Reads units from ext4's own metadata: breadth-first from the unit's directory, level by level,
/// the blocks of a level in the order in which they lie on the device.
///
/// The filesystem changes meanwhile. After a unit its directories' inodes are read again. If one
/// has changed, an entry may have moved from an unread block to one that had been read: the unit is
/// read again, a few times at most. Each directory that changes even then counts as an error.
///
/// A thread that waits for work gets half of the directories of a level, with what lies below them.
class Ext4Reader : public UnitReader {
 public:
  /// Everything passed must outlive the reader. `kept` may be null: nothing is kept then. With
  /// `read_ahead`, blocks that are not in memory are asked for level by level.
  Ext4Reader(const CensusContext& context, const Ext4Volume& volume, const Ext4InodeMap& map,
             const HiddenDirectories& hidden, KeptUnits* kept, bool read_ahead = false);

  [[nodiscard]] std::optional<LayerCounts> countUnit(const Unit& unit, std::uint32_t number,
                                                     const std::stop_token& stop) override;
  void countPart(UnitPart part, const std::stop_token& stop) override;
  [[nodiscard]] NamesByInode collectNames(const Unit& unit,
                                          const std::vector<std::uint64_t>& wanted,
                                          const std::stop_token& stop) override;
  [[nodiscard]] std::uint64_t countNames(const Unit& unit, std::uint64_t inode,
                                         const std::stop_token& stop) override;
  [[nodiscard]] std::optional<std::string> directoryPath(std::uint64_t inode) override;
  [[nodiscard]] const UnitTotals& totals() const override { return totals_; }

  /// As countUnit() and collectNames(), for a unit whose directory is the inode `start`, without
  /// any help of the kernel. An encrypted directory ends the count.
  [[nodiscard]] LayerCounts countFrom(std::uint32_t start, const Unit& unit, std::uint32_t number,
                                      const std::stop_token& stop);
  [[nodiscard]] NamesByInode collectFrom(std::uint32_t start, const Unit& unit,
                                         const std::vector<std::uint64_t>& wanted,
                                         const std::stop_token& stop);

 private:
  class Counter;
  class Collector;

  /// What a walk, level by level, does with what it meets.
  class LevelVisitor : public Ext4DirectoryReader::Visitor {
   public:
    /// Before some directories of a level are looked up: may give some of them to other threads.
    virtual void share(std::vector<FoundDirectory>& /*level*/, std::size_t /*depth*/) {}
    /// Directories of a level, one for each node, before they are read; false ends the walk.
    virtual bool startLevel(const std::vector<FoundDirectory>& nodes,
                            const std::vector<Ext4Directory>& directories, std::size_t depth) = 0;
    virtual void endLevel(const std::vector<Ext4Directory>& /*directories*/) {}
    /// A directory that is none any more, or cannot be read.
    virtual void onLost(std::uint64_t /*inode*/, int /*error*/) {}

    std::vector<FoundDirectory> next;  ///< the next level
  };

  /// What the reading of a unit added up to, apart from what is in the tally.
  struct UnitReading {
    UnitTotals totals;
    std::vector<SeenDirectory> directories{};  ///< ascending by inode
    bool is_encrypted = false;                 ///< one of them can be read by the kernel alone
    /// Whatever changes in the unit from now on will show in the inode of a directory.
    bool is_settled = false;
  };

  /// The inode number of the directory of `unit`; 0 with an errno value in `error` (EXDEV: a
  /// mount).
  [[nodiscard]] std::uint32_t unitInode(const Unit& unit, int& error) const;
  /// The unit as one part; its directory is the inode `start`.
  [[nodiscard]] static UnitPart wholeOf(const Unit& unit, std::uint32_t start);
  /// Breadth-first from the directories of `part`. With `fresh`, every directory's inode is read
  /// again; otherwise only those that the map does not have.
  void walk(UnitPart part, bool fresh, LevelVisitor& visitor, const std::stop_token& stop);
  /// Counts the unit, and again if it has changed meanwhile, a few times at most.
  [[nodiscard]] UnitReading countUnchanged(const Unit& unit, std::uint32_t start,
                                           const std::stop_token& stop);
  /// Reads the unit once, with other threads.
  void readShared(Ext4Reading& reading, std::uint32_t start, const std::stop_token& stop);
  /// The inode of a file as the map has it; nothing if it is none.
  [[nodiscard]] std::optional<InodeTable::Inode> presentInode(std::uint32_t inode) const;
  /// Keeps the unit that has been read for the next census.
  void keepUnit(const Unit& unit, std::uint32_t start, UnitReading& reading);
  [[nodiscard]] LayerCounts finishUnit(const Unit& unit, std::uint32_t number,
                                       const UnitTotals& unit_totals);
  [[nodiscard]] std::optional<LayerCounts> askKernel(const Unit& unit, std::uint32_t number,
                                                     const std::stop_token& stop);
  /// The directories of `nodes`. Passes nodes that are no directories any more, or make no sense,
  /// to the visitor and removes them.
  [[nodiscard]] std::vector<Ext4Directory> lookUp(std::vector<FoundDirectory>& nodes, bool fresh,
                                                  LevelVisitor& visitor);

  const CensusContext& context_;
  const Ext4Volume& volume_;
  const Ext4InodeMap& map_;
  const HiddenDirectories& hidden_;
  WalkReader walk_;  // for encrypted names, and blocks that could not be read
  Ext4DirectoryReader directories_;
  Ext4InodeReader inodes_;
  std::optional<UnitRecall> recall_;
  const bool read_ahead_;
  std::optional<Ext4Paths> paths_;  // made when it is needed
  std::uint32_t unit_number_ = 0;
  UnitTally tally_;
  UnitTotals totals_;
};

}  // namespace hardlink
