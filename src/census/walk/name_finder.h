#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "census/count/hot_inodes.h"
#include "census/count/hot_names.h"
#include "census/count/inode_table.h"
#include "census/count/inode_tracker.h"
#include "census/count/unit_reader.h"
#include "census/walk/walk_reader.h"

namespace hardlink {

/// Makes one reader per thread; called in that thread.
using MakeReader = std::function<std::unique_ptr<UnitReader>(const CensusContext&)>;

/// Finds names of a few inodes after the units were counted: those that were kept then, and others
/// by reading units once more. Units are numbered from 1; 0 is what lies above them. Not
/// thread-safe.
class NameFinder {
 public:
  /// Everything passed must outlive it. `units` may be filled later.
  NameFinder(const CensusContext& context, const UnitRule& rule, const std::vector<Unit>& units,
             const MakeReader& make_reader, WalkReader& shallow)
      : context_(context),
        rule_(rule),
        units_(units),
        make_reader_(make_reader),
        shallow_(shallow) {}

  /// Adds to `names` the names that were kept of `inodes`, in the first and in the last unit that
  /// hold them. Returns the inodes of which no name was kept that still leads to them.
  [[nodiscard]] WantedByUnit takeKept(const std::vector<InodeTable::Record>& inodes,
                                      NamesByUnit& names);
  /// As UnitReader::directoryPath().
  [[nodiscard]] std::optional<std::string> directoryPath(std::uint64_t inode);
  /// As UnitReader::collectNames().
  [[nodiscard]] NamesByInode find(std::uint32_t unit, const std::vector<std::uint64_t>& wanted,
                                  const std::stop_token& stop);
  /// What find() has read that no census had to.
  [[nodiscard]] std::uint64_t directoriesRead() const {
    return reader_ ? reader_->totals().directories_read : 0;
  }
  /// The first paths of an inode in `units`, as many as the request wants, layers last.
  [[nodiscard]] std::vector<std::string> listPaths(std::vector<NamesInUnit> units,
                                                   std::uint64_t inode,
                                                   const std::stop_token& stop);
  /// Counts the inode in the layers in which the tracker came too late for it, with the request's
  /// threads.
  [[nodiscard]] std::vector<NamesInUnit> countMissed(const InodeTable::Record& inode,
                                                     const std::stop_token& stop) const;

 private:
  [[nodiscard]] UnitReader& reader();
  /// Both ends of `range`, as far as they still lead to `inode`.
  [[nodiscard]] UnitNames namesIn(const NameRange& range, std::uint64_t inode);
  [[nodiscard]] std::string pathOf(const InodeName& name);

  const CensusContext& context_;
  const UnitRule& rule_;
  const std::vector<Unit>& units_;
  const MakeReader& make_reader_;
  WalkReader& shallow_;
  std::unique_ptr<UnitReader> reader_;  // made when it is needed
};

}  // namespace hardlink
