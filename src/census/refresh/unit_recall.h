#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

#include "census/count/inode_table.h"
#include "census/count/unit_reader.h"
#include "census/count/unit_tally.h"
#include "census/refresh/kept_units.h"

namespace hardlink {

/// Counts units as an earlier census read them, and keeps what is read for the next one. One per
/// thread of a census.
class UnitRecall {
 public:
  /// What an inode of an unchanged unit is now; nothing if that is not known, so that the unit has
  /// to be read. Asked only for inodes that this census has not met.
  using FindInode =
      std::function<std::optional<InodeTable::Inode>(const KeptUnits::Unit&, std::uint64_t inode)>;

  /// Everything passed must outlive it.
  UnitRecall(const CensusContext& context, KeptUnits& kept, FindInode find_inode)
      : context_(context), kept_(kept), find_inode_(std::move(find_inode)) {}

  /// Adds what is kept of unit `number`, whose directory is the inode `start`, to `tally`; nothing
  /// if it must be read.
  [[nodiscard]] std::optional<UnitTotals> count(const Unit& unit, std::uint32_t number,
                                                std::uint64_t start, UnitTally& tally);
  /// Keeps the unit that has been read, which `tally` and `totals` have. Adds to `totals` if the
  /// unit contradicts what was kept, unless `is_changing` says that it has changed since.
  void keep(const Unit& unit, std::uint64_t start, const UnitTally& tally,
            UnitDirectories directories, UnitTotals& totals,
            const std::function<bool()>& is_changing);
  void forget(std::uint64_t start) { kept_.forget(start); }

  /// The names of `wanted` in a unit: those known from an earlier census, or what `collect` returns
  /// (UnitReader::collectNames()). Adds to `totals` what that reads of an unchanged unit.
  [[nodiscard]] NamesByInode names(std::uint64_t start, const std::vector<std::uint64_t>& wanted,
                                   const std::function<NamesByInode()>& collect,
                                   const std::stop_token& stop, UnitTotals& totals);

  /// How many names `inode` has in the unit whose directory is `start`; nothing if that is not
  /// kept.
  [[nodiscard]] std::optional<std::uint64_t> countNames(std::uint64_t start,
                                                        std::uint64_t inode) const;

 private:
  /// Adds the inodes of `kept`; false if what is known of them contradicts it.
  [[nodiscard]] bool countInodes(const KeptUnits::Unit& kept, UnitTally& tally, UnitTotals& totals);
  /// Adds an inode with its names; false if it does not have so many links.
  [[nodiscard]] bool countInode(const KeptUnits::Unit& kept, const InodeNames& entry,
                                UnitTally& tally);

  const CensusContext& context_;
  KeptUnits& kept_;
  const FindInode find_inode_;
};

}  // namespace hardlink
