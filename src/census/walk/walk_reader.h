#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/os/fd.h"
#include "census/count/fullest_directories.h"
#include "census/count/inode_table.h"
#include "census/count/shared_reading.h"
#include "census/count/unit_reader.h"
#include "census/count/unit_tally.h"
#include "census/refresh/unit_memory.h"
#include "census/refresh/unit_recall.h"
#include "census/walk/tree_walker.h"
#include "census/walk/unit_listing.h"
#include "census/walk/walk_reading.h"

namespace hardlink {

/// Walks the shallow directories of the root open as `root` (which it duplicates), passes their
/// entries to `visitor`, and returns the units below them, ascending by path, layers first. Calls
/// `visitor.onDirectory()` for every directory, also for one that begins a unit.
[[nodiscard]] std::vector<Unit> findUnits(int root, const UnitRule& rule, TreeWalker& walker,
                                          TreeVisitor& visitor, const std::stop_token& stop);

/// Marks those of `units`, below the root open as `root`, that are unfinished layers of Docker.
void markUnfinishedLayers(int root, std::vector<Unit>& units);

/// What a stat says of a file.
[[nodiscard]] InodeTable::Inode inodeOf(const os::FileStatus& status,
                                        const FilesystemInfo& filesystem);

/// Reads units through the kernel: counts names without a stat per name, and stats only inodes
/// that the census does not know.
class WalkReader : public UnitReader, private TreeVisitor {
 public:
  /// Everything passed must outlive the reader. `memory` may be null: nothing is kept then.
  explicit WalkReader(const CensusContext& context, UnitMemory* memory = nullptr);

  [[nodiscard]] std::optional<LayerCounts> countUnit(const Unit& unit, std::uint32_t number,
                                                     const std::stop_token& stop) override;
  [[nodiscard]] NamesByInode collectNames(const Unit& unit,
                                          const std::vector<std::uint64_t>& wanted,
                                          const std::stop_token& stop) override;
  [[nodiscard]] std::uint64_t countNames(const Unit& unit, std::uint64_t inode,
                                         const std::stop_token& stop) override;
  [[nodiscard]] const UnitTotals& totals() const override { return totals_; }
  void countPart(UnitPart part, const std::stop_token& stop) override;
  /// The totals up to now; resets them.
  [[nodiscard]] UnitTotals takeTotals() {
    return std::exchange(totals_, UnitTotals(context_.request));
  }

  /// Counts the shallow directories as unit 0 and returns the units below them. Fills
  /// holders() with the directories in Farm::layer_holders.
  [[nodiscard]] std::vector<Unit> countShallow(const UnitRule& rule, const std::stop_token& stop);
  /// Ascending by path, without those that are no shallow directories or could not be opened.
  [[nodiscard]] const std::vector<Subdirectories>& holders() const { return holders_; }
  /// collectNames() for the shallow directories.
  [[nodiscard]] NamesByInode collectShallowNames(const UnitRule& rule,
                                                 const std::vector<std::uint64_t>& wanted,
                                                 const std::stop_token& stop);

 private:
  void onName(int directory, const os::DirectoryEntry& entry) override;
  bool onDirectory(const os::DirectoryEntry& entry) override;
  void onDirectoryEnd(const WalkedDirectory& directory) override;
  void onError(int error, const char* name, bool directory) override;

  /// Counts a unit that is open as `start`, with other threads.
  void readUnit(Fd start, WalkReading& reading, const std::stop_token& stop);
  /// To be called before a unit is read although none of its directories has changed. The names of
  /// inodes that were kept with it are kept again, so that a later census can stat them.
  void keepNamed(std::uint64_t start, const std::stop_token& stop);
  /// Keeps the unit that has been read for the next census.
  void keepUnit(const Unit& unit, std::uint64_t start, WalkReading& reading,
                const std::stop_token& stop);
  [[nodiscard]] std::optional<LayerCounts> finishUnit(const Unit& unit, std::uint32_t number,
                                                      const UnitTotals& unit_totals);
  /// The inode number of the directory of `unit`; 0 if it cannot be opened.
  [[nodiscard]] std::uint64_t unitInode(const Unit& unit) const;
  /// collectNames(), by reading.
  [[nodiscard]] NamesByInode readNames(const Unit& unit, const std::vector<std::uint64_t>& wanted,
                                       const std::stop_token& stop);
  /// Counts what is in and below the directories of `part`.
  void readPart(UnitPart part, const std::stop_token& stop);
  /// Opens a directory that another thread has found. Returns an invalid Fd, with an error counted,
  /// if it is not there any more.
  [[nodiscard]] Fd openFound(const FoundDirectory& directory, dev_t device);
  /// Gives some of what is to be read to a thread that waits for work, if there is one.
  void share();
  /// Counts a name. Its inode is stat'ed if it is not known; false, with an error counted, if that
  /// fails.
  [[nodiscard]] bool count(int directory, const os::DirectoryEntry& entry);
  void list(const WalkedDirectory& directory);
  /// How many directories there can be in `directory`.
  [[nodiscard]] std::optional<std::uint64_t> limitOf(const WalkedDirectory& directory) const;
  /// The path of the directory that has been read.
  [[nodiscard]] std::string currentPath() const;
  void addHolder(Subdirectories directory);
  void addBackReferences();
  [[nodiscard]] std::string pathBelowRoot(const char* name) const;
  void reportProgress();

  const CensusContext& context_;
  const bool trust_entries_;  // d_ino and d_type are those that statx gives
  TreeWalker walker_;
  UnitMemory* const memory_;          // may be null
  std::optional<UnitRecall> recall_;  // with memory_
  UnitTally tally_;
  UnitTotals totals_;
  UnitTotals found_;                           // in what is being read
  UnitListing listing_;                        // of what is being read, with memory_
  std::string start_;                          // where the walk began, below the root
  std::uint32_t unit_number_ = 0;              // 0: the shallow directories
  WalkReading* reading_ = nullptr;             // of the unit; none of the shallow directories
  std::vector<FoundDirectory> rest_;           // what is left of the part that is being read
  std::unordered_set<std::uint64_t> to_name_;  // inodes to be listed though they are known
  std::vector<Subdirectories> holders_;
  const bool has_back_references_;  // the filesystem limits their size
  BackReferences back_references_;
  std::uint64_t unreported_names_ = 0;
};

}  // namespace hardlink
