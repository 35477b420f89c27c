#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "census/count/hot_names.h"
#include "census/count/inode_table.h"
#include "census/count/inode_tracker.h"
#include "census/count/layer_sets.h"
#include "census/count/single_links.h"
#include "census/count/unit_reader.h"
#include "model/counts.h"
#include "model/limits.h"

namespace hardlink {

/// The names of one unit, or of the part of it that one thread reads, inode by inode. Not
/// thread-safe; used for one unit after the other.
class UnitTally {
 public:
  /// What is in `context` is shared with other threads. Inodes that are counted and not kept are
  /// added to `singles`, unit by unit. Both must outlive the tally.
  UnitTally(const CensusContext& context, SingleLinks& singles)
      : inodes_(context.inodes),
        tracker_(context.tracker),
        layer_sets_(context.layer_sets),
        hot_names_(context.hot_names),
        request_(context.request),
        costs_(context.filesystem.costs),
        all_singles_(singles),
        singles_(context.request.hot_inodes) {}

  /// The index of a known inode, or InodeTable::kNone; quickest when names are asked for in the
  /// order in which they were added last time.
  [[nodiscard]] InodeTable::Index find(std::uint64_t inode) const {
    return inodes_.find(inode, guess_);
  }
  /// Counts `names` more names of the inode at `index`. Returns whether the name should be passed
  /// to addName(), because the inode is one of the hottest so far.
  bool add(InodeTable::Index index, std::uint32_t names = 1) {
    guess_ = index + 1;
    if (index >= met_) {
      meet();
    }
    const std::uint32_t before = names_[index];
    names_[index] = before + names;
    if (before - 1 < kWatched - 1) {
      return false;  // neither the first name in the unit nor that of a hot inode
    }
    if ((before & ~kWatched) == 0) {
      present_.push_back(index);
    }
    const bool is_marked = before >= kWatched;
    has_marked_ = has_marked_ || is_marked;
    return is_marked;
  }
  /// The name of `inode` for which add() or addNew() returned true; as NameRange::offer().
  template <class MakePath>
  void addName(std::uint64_t inode, std::uint64_t directory, std::string_view name,
               const MakePath& make_path) {
    found_[inode].offer(directory, name, make_path);
  }
  /// Counts the first name of an inode that find() does not know, and returns as add(). One with a
  /// single link has no other name, and is not made known unless somebody may ask for it by its
  /// number.
  bool addNew(const InodeTable::Inode& inode);
  /// The names that addName() has got.
  [[nodiscard]] const NameRanges& hotNames() const { return found_; }
  /// The hotNames() of an earlier reading of the unit.
  void setHotNames(const NameRanges& names) { found_ = names; }
  /// Counts one more directory below the unit's own, which counts anyhow.
  void addDirectory() { ++directories_.below; }
  /// The entries of one of these directories, or of the unit's own, have `entry_bytes`
  /// (model/limits.h). A directory that is never read counts as an empty one.
  void addEntries(std::uint64_t entry_bytes) {
    if (takesMoreThanOneBlock(costs_, entry_bytes)) {
      ++directories_.large;
      directories_.large_bytes += directoryBytes(costs_, entry_bytes);
    }
  }

  /// The directories of the unit, as added up to now.
  struct Directories {
    std::uint64_t below = 0;        ///< without the unit's own
    std::uint64_t large = 0;        ///< those of more than one block
    std::uint64_t large_bytes = 0;  ///< what these take in a copy

    bool operator==(const Directories&) const = default;
  };
  [[nodiscard]] const Directories& directories() const { return directories_; }
  /// The directories are those of a unit that was read before.
  void setDirectories(const Directories& directories) { directories_ = directories; }
  /// How many inodes have been added.
  [[nodiscard]] std::uint64_t inodes() const {
    return present_.size() + singles_.inodes() + (first_single_ ? 1U : 0U);
  }
  /// Makes the tally list up to `most` inodes of a unit that it does not keep. Memory: 8 bytes
  /// each.
  void listSingles(std::size_t most) { most_listed_ = most; }
  /// Calls `visit(inode, names)` for each inode of the unit, in no order; of those that are not
  /// kept, for the listed ones.
  template <class Visit>
  void forEachInode(Visit visit) const {
    for (const InodeTable::Index index : present_) {
      visit(inodes_.record(index).inode, names_[index] & ~kWatched);
    }
    for (const std::uint64_t inode : listed_singles_) {
      visit(inode, std::uint32_t{1});
    }
  }

  /// Adds what `other` has of the same unit, after which no name can be added; `other` then begins
  /// the next unit.
  void absorb(UnitTally& other);
  /// What has been added, as the counts of the layer `unit` (its name alone where it is none);
  /// adds it to the shared table and the tracker as unit number `number`, and begins the next unit.
  [[nodiscard]] LayerCounts finish(const Unit& unit, std::uint32_t number);
  /// Begins the next unit as if nothing had been added. Inodes that were made known for the unit
  /// stay in the shared table, without names.
  void discard();

 private:
  /// In names_, the mark of an inode that is one of the hottest. An inode has fewer names.
  static constexpr std::uint32_t kWatched = std::uint32_t{1} << 31U;

  /// Makes room for all inodes that are known by now, and marks those that are hot.
  void meet();
  void grow(InodeTable::Index index);
  void addSingle(const InodeTable::Inode& inode);
  void countSingle(const InodeTable::Inode& inode);
  /// Puts first_single_ into the table if `unit` is a layer, and counts it with the others if not.
  void keepFirstSingle(const Unit& unit);
  [[nodiscard]] bool mayBeHot(InodeTable::Index index) const;
  void removeMarks();
  void fillDirectories(LayerCounts& layer) const;
  void addToTable(const Unit& unit, std::uint32_t number);
  /// What the unit is to the tracker; of `layer` all that its inodes tell is filled
  /// in.
  [[nodiscard]] CountedUnit summary(const Unit& unit, std::uint32_t number,
                                    LayerCounts& layer) const;
  /// Adds the inodes that were not kept. The frontier and the most names per inode are as they
  /// would make them: first_single_, which is like them, was kept.
  void fillSingles(LayerCounts& layer) const;
  /// Those of the tracker's samples that have names in the unit.
  [[nodiscard]] std::vector<std::uint64_t> sampled() const;
  [[nodiscard]] std::uint64_t namesOf(std::uint64_t inode) const;

  InodeTable& inodes_;
  InodeTracker& tracker_;
  LayerSets& layer_sets_;
  HotNames& hot_names_;
  const CensusRequest& request_;
  const CopyCosts& costs_;
  SingleLinks& all_singles_;                       // of the units before
  SingleLinks singles_;                            // of this unit, without first_single_
  std::optional<InodeTable::Inode> first_single_;  // see addSingle()
  std::size_t most_listed_ = 0;
  std::vector<std::uint64_t> listed_singles_;  // first_single_ too
  std::vector<std::uint32_t> names_;           // by index
  std::vector<InodeTable::Index> present_;     // those with names
  InodeTable::Index guess_ = 0;                // where the next inode probably is
  InodeTable::Index met_ = 0;                  // all before have been offered to hot_names_
  std::vector<InodeTable::Index> marked_;      // those that were hot, and may still be
  bool has_marks_ = true;      // those have a mark in names_; not while it is summed up
  bool has_marked_ = false;    // the unit has names of one of them
  HotNames::Coolest coolest_;  // not hotter than the coolest of the hottest
  NameRanges found_;           // names of hot inodes in this unit
  Directories directories_;
};

}  // namespace hardlink
