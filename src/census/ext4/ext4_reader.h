#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "census/count/unit_reader.h"
#include "census/count/unit_tally.h"
#include "census/ext4/ext4_directory_reader.h"
#include "census/ext4/ext4_inode_map.h"
#include "census/ext4/ext4_volume.h"
#include "census/walk/walk_reader.h"

namespace hardlink {

/// Directories that are mount points below a root: what lies under the mount is hidden, and no
/// census counts it.
class HiddenDirectories {
 public:
  HiddenDirectories() = default;
  /// Those below `path`, which is open as `root`.
  HiddenDirectories(const std::string& path, int root);

  [[nodiscard]] bool none() const { return names_.empty(); }
  /// Whether the directory called `name` in the directory `parent` is one.
  [[nodiscard]] bool contains(std::uint32_t parent, std::string_view name) const;

 private:
  std::unordered_map<std::uint32_t, std::vector<std::string>> names_;  // by parent
};

/// Reads units from ext4's own metadata: breadth-first from the unit's directory, level by level,
/// the blocks of a level in the order in which they lie on the device.
///
/// The filesystem goes on changing meanwhile. When a unit has been read, the inodes of its
/// directories are read again: if one has changed, what was read may be of two moments (an entry
/// can have moved from a block not yet read to one that had been), and the unit is read anew, a few
/// times at the most. After that each directory that will not keep still counts as an error.
class Ext4Reader : public UnitReader {
 public:
  /// Everything passed must outlive the reader.
  Ext4Reader(const CensusContext& context, const Ext4Volume& volume, const Ext4InodeMap& map,
             const HiddenDirectories& hidden);

  [[nodiscard]] std::optional<LayerCounts> countUnit(const Unit& unit, std::uint32_t number,
                                                     const std::stop_token& stop) override;
  [[nodiscard]] NamesByInode collectNames(const Unit& unit,
                                          const std::vector<std::uint64_t>& wanted,
                                          const std::stop_token& stop) override;
  [[nodiscard]] const UnitTotals& totals() const override { return totals_; }

  /// As countUnit() and collectNames(), for a unit whose directory is the inode `start`; these do
  /// not ask the kernel for anything. An encrypted directory ends the count.
  [[nodiscard]] LayerCounts countFrom(std::uint32_t start, const Unit& unit, std::uint32_t number,
                                      const std::stop_token& stop);
  [[nodiscard]] NamesByInode collectFrom(std::uint32_t start, const Unit& unit,
                                         const std::vector<std::uint64_t>& wanted,
                                         const std::stop_token& stop);

 private:
  class Counter;
  class Collector;

  /// A directory to visit.
  struct Node {
    std::uint32_t inode;
    std::string path;  ///< below the root; kept only where somebody needs it
  };
  struct Seen {
    std::uint32_t inode;
    std::uint32_t fingerprint;
  };

  /// The number of the directory of `unit`, or 0, with what went wrong in `error` (EXDEV: a mount).
  [[nodiscard]] std::uint32_t unitInode(const Unit& unit, int& error) const;
  /// One reading of the unit that begins at `start`.
  [[nodiscard]] UnitTotals readUnit(const Unit& unit, std::uint32_t start, bool fresh,
                                    const std::stop_token& stop);
  /// The same again while it changes, a few times at the most.
  [[nodiscard]] UnitTotals readUnchanged(const Unit& unit, std::uint32_t start,
                                         const std::stop_token& stop);
  [[nodiscard]] LayerCounts finishUnit(const Unit& unit, std::uint32_t number,
                                       const UnitTotals& unit_totals);
  [[nodiscard]] std::optional<LayerCounts> askKernel(const Unit& unit, std::uint32_t number,
                                                     const std::stop_token& stop);
  /// Looks up `nodes` in the map, or in the inode tables as they are now (`fresh`, or unknown to
  /// the map); nodes that are no directories any more, or make no sense, are taken out and counted
  /// in `totals`.
  [[nodiscard]] std::vector<Ext4Directory> lookUp(std::vector<Node>& nodes, bool fresh,
                                                  const Unit& unit, UnitTotals& totals);
  /// The directory as it is now; nothing, with an errno value in `error`, where there is none.
  [[nodiscard]] std::optional<Ext4Directory> freshDirectory(std::uint32_t inode, int& error);
  [[nodiscard]] Ext4InodeMap::Entry entryOf(std::uint32_t inode);
  /// Tells the tracker of an inode that takes no more links.
  void addSaturated(std::uint32_t inode);
  /// How many of the directories seen are not as they were.
  [[nodiscard]] std::uint64_t countChanged();

  const CensusContext& context_;
  const Ext4Volume& volume_;
  const Ext4InodeMap& map_;
  const HiddenDirectories& hidden_;
  WalkReader walk_;  // for names that only the kernel can spell, and blocks that only it can read
  Ext4DirectoryReader directories_;
  std::uint32_t unit_number_ = 0;
  bool is_encrypted_ = false;  // the unit has directories that only the kernel can read
  bool fresh_ = false;         // the unit is being read again: the map is of another moment
  UnitTally tally_;
  UnitTotals totals_;
  std::vector<Seen> seen_;
  std::vector<std::byte> inode_bytes_;
  std::deque<std::vector<Ext4Extent>> fresh_extents_;
  std::deque<std::vector<std::vector<std::byte>>> fresh_inline_entries_;
};

}  // namespace hardlink
