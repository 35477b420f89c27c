#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <vector>

#include "census/count/unit_reader.h"
#include "census/count/unit_tally.h"
#include "census/ext4/ext4_inode_map.h"
#include "census/ext4/ext4_volume.h"
#include "census/ext4/refresh/kept_units.h"

namespace hardlink {

/// What the reading of a unit added up to, apart from what is in the tally.
struct UnitReading {
  UnitTotals totals;
  std::vector<SeenDirectory> directories{};  ///< ascending by inode
  bool is_encrypted = false;                 ///< one of them can be read by the kernel alone
  /// Whatever changes in the unit from now on will show in the inode of a directory.
  bool is_settled = false;
};

/// Counts units as an earlier census read them, and keeps what is read for the next one. One per
/// thread of a census.
class UnitRecall {
 public:
  /// Everything passed must outlive it.
  UnitRecall(const CensusContext& context, const Ext4Volume& volume, const Ext4InodeMap& map,
             KeptUnits& kept)
      : context_(context), volume_(volume), map_(map), kept_(kept) {}

  /// Whether some units need not be read.
  [[nodiscard]] bool isRefresh() const { return kept_.anyUnchanged() && !context_.request.full; }
  /// Adds what is kept of unit `number`, whose directory is the inode `start`, to `tally`; nothing
  /// if it must be read.
  [[nodiscard]] std::optional<UnitTotals> count(const Unit& unit, std::uint32_t number,
                                                std::uint32_t start, UnitTally& tally);
  /// Keeps the unit that has been read, which `tally` has, or forgets what was kept of it. Adds to
  /// the totals of `reading` if the unit contradicts what was kept.
  void keep(const Unit& unit, std::uint32_t start, const UnitTally& tally, UnitReading& reading);

  /// The names of `wanted` in a unit: those known from an earlier census, or what `collect` returns
  /// (UnitReader::collectNames()). Adds to `totals` what that reads of an unchanged unit.
  [[nodiscard]] NamesByInode names(const Unit& unit, std::uint32_t start,
                                   const std::vector<std::uint64_t>& wanted,
                                   const std::function<NamesByInode()>& collect,
                                   const std::stop_token& stop, UnitTotals& totals);

  /// How many names `inode` has in the unit whose directory is `start`; nothing if that is not
  /// kept.
  [[nodiscard]] std::optional<std::uint64_t> countNames(std::uint32_t start,
                                                        std::uint64_t inode) const;

 private:
  /// Adds what a run holds; false if the inodes contradict it.
  [[nodiscard]] bool countRun(const std::string& run, UnitTally& tally, UnitTotals& totals);
  /// Adds an inode with its names; false if it does not have so many links.
  [[nodiscard]] bool countInode(const InodeNames& entry, UnitTally& tally);

  const CensusContext& context_;
  const Ext4Volume& volume_;
  const Ext4InodeMap& map_;
  KeptUnits& kept_;
};

}  // namespace hardlink
