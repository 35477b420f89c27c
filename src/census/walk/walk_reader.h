#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/os/fd.h"
#include "census/count/fullest_directories.h"
#include "census/count/shared_reading.h"
#include "census/count/unit_reader.h"
#include "census/count/unit_tally.h"
#include "census/walk/tree_walker.h"

namespace hardlink {

/// Walks the shallow directories of the root open as `root` (which it duplicates), passes their
/// entries to `visitor`, and returns the units below them, ascending by path, layers first. Calls
/// `visitor.onDirectory()` for every directory, also for one that begins a unit.
[[nodiscard]] std::vector<Unit> findUnits(int root, const UnitRule& rule, TreeWalker& walker,
                                          TreeVisitor& visitor, const std::stop_token& stop);

/// Marks those of `units`, below the root open as `root`, that are unfinished layers of Docker.
void markUnfinishedLayers(int root, std::vector<Unit>& units);

/// Reads units through the kernel: counts names without a stat per name, and stats only inodes
/// that the census does not know.
class WalkReader : public UnitReader, private TreeVisitor {
 public:
  explicit WalkReader(const CensusContext& context);

  [[nodiscard]] std::optional<LayerCounts> countUnit(const Unit& unit, std::uint32_t number,
                                                     const std::stop_token& stop) override;
  [[nodiscard]] NamesByInode collectNames(const Unit& unit,
                                          const std::vector<std::uint64_t>& wanted,
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
  UnitTally tally_;
  UnitTotals totals_;
  std::string start_;                 // where the walk began, below the root
  std::uint32_t unit_number_ = 0;     // 0: the shallow directories
  SharedReading* reading_ = nullptr;  // of the unit; none of the shallow directories
  std::vector<FoundDirectory> rest_;  // what is left of the part that is being read
  std::vector<Subdirectories> holders_;
  const bool has_back_references_;  // the filesystem limits their size
  BackReferences back_references_;
  std::uint64_t unreported_names_ = 0;
};

}  // namespace hardlink
