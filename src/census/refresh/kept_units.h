#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "census/count/fullest_directories.h"
#include "census/count/unit_reader.h"
#include "census/count/unit_tally.h"
#include "census/refresh/packed_inodes.h"

namespace hardlink {

/// One fingerprint of many directories, from theirs, in an order that stays the same.
class CombinedFingerprint {
 public:
  void add(std::uint64_t fingerprint) {
    value_ = (value_ ^ fingerprint) * 0x9E3779B97F4A7C15U;
    value_ ^= value_ >> 32U;
  }
  [[nodiscard]] std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0;
};

/// How an engine finds the directories of a unit again, the unit's own among them, and what they
/// were like when their entries were read.
struct UnitDirectories {
  std::size_t count = 0;
  std::uint64_t fingerprint = 0;  ///< of all of them
  std::vector<std::string> runs;  ///< in a form that the engine knows
  std::string named{};            ///< names of inodes, where the engine needs them
};

/// What was read of a unit.
struct UnitContents {
  std::string path;  ///< below the root
  UnitDirectories directories;
  std::vector<InodeNames> inodes;  ///< ascending
  UnitTally::Directories figures;
  std::vector<FullDirectory> fullest;  ///< without the unit's number
  NameRanges hot_names;
};

/// The contents of the units of one root, from one census to the next, each by the inode of its
/// directory: a unit none of whose directories has changed is counted again without being read.
///
/// Memory: for each unit 8 bytes for each run of some 512 inodes, and what the engine needs to find
/// its directories again; for each run that differs from all others some 100 bytes and one or two
/// for each inode. Units that are alike share their runs. In all kMostBytes at most: a unit for
/// which there is no room is not kept, and is read by every census.
///
/// Any thread may call find(), keep() and a unit's own data at the same time, one thread for one
/// unit; the rest is for one thread while no other uses it.
class KeptUnits {
 public:
  static constexpr std::size_t kMostBytes = std::size_t{64} << 20U;
  /// A unit with more inodes is not kept either: preparing it would take too much.
  static constexpr std::size_t kMostInodes = std::size_t{4} << 20U;

  struct Unit {
    std::string path;                             ///< when it was counted last
    std::vector<const std::string*> runs;         ///< of its inodes, ascending; owned by KeptUnits
    std::vector<const std::string*> directories;  ///< UnitDirectories::runs; owned by KeptUnits
    std::string named;                            ///< UnitDirectories::named
    std::size_t directory_count = 0;
    std::uint64_t fingerprint = 0;  ///< of all its directories
    UnitTally::Directories figures;
    std::vector<FullDirectory> fullest;
    NameRanges hot_names;       ///< of the inodes that were among the hottest
    bool is_unchanged = false;  ///< since it was read, says the engine after begin()
    bool is_current = false;    ///< it was met since begin()
    /// What the engine has found in `named` since begin(): inodes with one link, ascending.
    std::vector<InodeTable::Inode> singles{};
    NamesByInode names{};  ///< of other inodes, which were collected since it was read

    /// Whether `names` says what names `wanted` have in it.
    [[nodiscard]] bool hasNames(const std::vector<std::uint64_t>& wanted) const;
  };

  /// Begins a census: all units, for the engine to find out which of them are unchanged.
  [[nodiscard]] std::vector<Unit*> begin();
  /// Whether any is.
  [[nodiscard]] bool anyUnchanged() const;

  /// The unit whose directory is `inode`, which the census has met; null if it is not kept. Valid
  /// until it is kept again or forgotten.
  [[nodiscard]] Unit* find(std::uint64_t inode);

  /// Keeps `contents` for the unit whose directory is `inode`, and drops what was kept before.
  /// Returns whether that contradicts what was kept: the unit is unchanged, and yet the contents
  /// differ.
  [[nodiscard]] bool keep(std::uint64_t inode, UnitContents contents);
  void forget(std::uint64_t inode);
  /// Forgets the units that find() was not asked for since begin().
  void forgetOthers();
  void clear();

  /// What all of it takes, as counted for kMostBytes.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  using Units = std::unordered_map<std::uint64_t, Unit>;

  /// `runs` as the units share them.
  [[nodiscard]] std::vector<const std::string*> share(std::vector<std::string> runs);
  void release(const Unit& unit);
  void releaseRuns(const std::vector<const std::string*>& runs);

  std::mutex mutex_;
  Units units_;
  std::unordered_map<std::string, std::uint32_t> runs_;  // how many units have each
  std::size_t bytes_ = 0;
};

}  // namespace hardlink
