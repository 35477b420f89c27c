#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "census/count/fullest_directories.h"
#include "census/count/unit_reader.h"
#include "census/count/unit_tally.h"
#include "census/walk/tree_walker.h"

namespace hardlink {

/// Reads units through the kernel: counts names without a stat per name, and stats an inode when
/// nobody in the census has seen it yet.
class WalkReader : public UnitReader, private TreeVisitor {
 public:
  explicit WalkReader(const CensusContext& context);

  [[nodiscard]] std::optional<LayerCounts> countUnit(const Unit& unit, std::uint32_t number,
                                                     const std::stop_token& stop) override;
  [[nodiscard]] NamesByInode collectNames(const Unit& unit,
                                          const std::vector<std::uint64_t>& wanted,
                                          const std::stop_token& stop) override;
  [[nodiscard]] const UnitTotals& totals() const override { return totals_; }
  /// The totals up to now, which begin anew.
  [[nodiscard]] UnitTotals takeTotals() {
    return std::exchange(totals_, UnitTotals(context_.request));
  }

  /// Counts the shallow directories as unit 0 and returns the units below them. What is in
  /// Farm::layer_holders is in holders() then.
  [[nodiscard]] std::vector<Unit> countShallow(const UnitRule& rule, const std::stop_token& stop);
  /// Ascending by path; those that are no shallow directories, or could not be opened, are absent.
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

  /// The index of the inode behind `entry`, stat'ed if nobody has seen it yet; kNone, with an
  /// error counted, if it cannot be.
  [[nodiscard]] InodeTable::Index indexOf(int directory, const os::DirectoryEntry& entry);
  /// How many directories there can be in `directory`.
  [[nodiscard]] std::optional<std::uint64_t> limitOf(const WalkedDirectory& directory) const;
  /// The path of the directory that has been read.
  [[nodiscard]] std::string currentPath() const;
  void addHolder(Subdirectories directory);
  void addBackReferences();
  [[nodiscard]] std::uint64_t allocatedBytes(const os::FileStatus& status) const;
  [[nodiscard]] std::string pathBelowRoot(const char* name) const;
  void reportProgress();

  const CensusContext& context_;
  const bool trust_entries_;  // d_ino and d_type are those that statx gives
  TreeWalker walker_;
  UnitTally tally_;
  UnitTotals totals_;
  std::string unit_path_;
  std::uint32_t unit_number_ = 0;  // 0: the shallow directories
  std::vector<Subdirectories> holders_;
  const bool has_back_references_;  // the filesystem limits their size
  BackReferences back_references_;
  std::uint64_t unreported_names_ = 0;
};

}  // namespace hardlink
