#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "census/count/fullest_directories.h"
#include "census/count/unit_reader.h"
#include "census/count/unit_tally.h"
#include "census/ext4/refresh/packed_inodes.h"

namespace hardlink {

/// A directory as it was when its entries were read.
struct SeenDirectory {
  std::uint32_t inode = 0;
  std::uint64_t fingerprint = 0;  ///< Ext4Inode::fingerprint
};

/// What was read of a unit.
struct UnitContents {
  std::vector<SeenDirectory> directories;  ///< its own too, ascending by inode
  std::vector<InodeNames> inodes;          ///< ascending
  UnitTally::Directories figures;
  std::vector<FullDirectory> fullest;  ///< by number: without paths and unit
  NameRanges hot_names;
};

/// The contents of the units of one root, from one census to the next, each by the inode of its
/// directory: a unit none of whose directories has changed is counted again without being read.
///
/// Memory: for each unit one or two bytes for each directory, and 8 for each run of some 512
/// inodes; for each run that differs from all others some 100 bytes and one or two for each inode.
/// Units that are alike share their runs. In all kMostBytes at most: a unit for which there is no
/// room is not kept, and is read by every census.
///
/// Any thread may call find(), keep() and a unit's own data at the same time, one thread for one
/// unit; the rest is for one thread while no other uses it.
class KeptUnits {
 public:
  static constexpr std::size_t kMostBytes = std::size_t{64} << 20U;
  /// A unit with more inodes is not kept either: preparing it would take too much.
  static constexpr std::size_t kMostInodes = std::size_t{4} << 20U;

  struct Unit {
    std::vector<const std::string*> runs;  ///< of its inodes, ascending; owned by KeptUnits
    std::string directories;               ///< one run, each with one name
    std::size_t directory_count = 0;
    std::uint64_t fingerprint = 0;  ///< of all its directories
    UnitTally::Directories figures;
    std::vector<FullDirectory> fullest;
    NameRanges hot_names;       ///< of the inodes that were among the hottest
    bool is_unchanged = false;  ///< since it was read, says compare()
    bool is_current = false;    ///< it was met since compare()
    /// Names of other inodes, which were collected since, and its path then.
    NamesByInode names{};
    std::string path{};

    /// Whether `names` says what names `wanted` have in it while its path is `path_now`.
    [[nodiscard]] bool hasNames(const std::string& path_now,
                                const std::vector<std::uint64_t>& wanted) const;
  };

  /// Begins a census: finds out which units are unchanged. `fingerprint_of` gives the present one
  /// of a directory, and nothing for what is none any more.
  void compare(const std::function<std::optional<std::uint64_t>(std::uint32_t)>& fingerprint_of);
  /// Whether it found any.
  [[nodiscard]] bool anyUnchanged() const { return any_unchanged_; }

  /// The unit whose directory is `inode`, which the census has met; null if it is not kept. Valid
  /// until it is kept again or forgotten.
  [[nodiscard]] Unit* find(std::uint32_t inode);

  /// Keeps `contents` for the unit whose directory is `inode`, and drops what was kept before.
  /// Returns whether that contradicts what was kept: the unit is unchanged, says compare(), and
  /// yet the contents differ.
  [[nodiscard]] bool keep(std::uint32_t inode, UnitContents contents);
  void forget(std::uint32_t inode);
  /// Forgets the units that find() was not asked for since compare().
  void forgetOthers();
  void clear();

  /// What all of it takes, as counted for kMostBytes.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  using Units = std::unordered_map<std::uint32_t, Unit>;

  /// `runs` as the units share them.
  [[nodiscard]] std::vector<const std::string*> share(std::vector<std::string> runs);
  void release(const Unit& unit);

  std::mutex mutex_;
  Units units_;
  std::unordered_map<std::string, std::uint32_t> runs_;  // how many units have each
  std::size_t bytes_ = 0;
  bool any_unchanged_ = false;
};

}  // namespace hardlink
