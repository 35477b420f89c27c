#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <unordered_map>
#include <vector>

#include "census/count/inode_table.h"
#include "census/ext4/ext4_inode.h"
#include "census/ext4/ext4_volume.h"

namespace hardlink {

/// A directory and where its entries are.
struct Ext4Directory {
  std::uint32_t inode = 0;
  std::uint64_t fingerprint = 0;
  bool is_indexed = false;
  bool is_encrypted = false;
  /// It changed no earlier than the volume was opened: its next change may not show.
  bool is_recent = false;
  std::span<const Ext4Extent> extents;
  /// Entries within the inode; null for all but inline_data directories.
  const std::vector<std::vector<std::byte>>* inline_entries = nullptr;

  [[nodiscard]] bool hasSeveralBlocks() const {
    return extents.size() > 1 || (extents.size() == 1 && extents.front().length > 1);
  }
};

/// Every inode in use, from one sequential pass over the used part of the inode tables.
/// Memory: 2 bytes per used slot, 12 more per inode with several links or more than 8,191 blocks,
/// 28 per directory. Reading is safe from any thread.
class Ext4InodeMap {
 public:
  /// Reads the inode tables with `threads` threads: link counts, kinds, allocated blocks, and the
  /// directories' extents. The Error has an errno value; ECANCELED after a stop.
  [[nodiscard]] static Result<Ext4InodeMap> read(const Ext4Volume& volume, unsigned threads,
                                                 const std::stop_token& stop);

  struct Entry {
    std::uint16_t links = 0;  ///< not of a directory
    Ext4Kind kind = Ext4Kind::unused;
    std::uint32_t allocated_blocks = 0;
  };
  /// The entry of `inode`, which must be nameable; unused if it is beyond the slots then in use.
  [[nodiscard]] Entry at(std::uint32_t inode) const;
  /// Whether at() says that `inode` is a directory; quicker.
  [[nodiscard]] bool isDirectory(std::uint32_t inode) const;
  /// The directory `inode`; nothing if there was none, or none that makes sense.
  [[nodiscard]] std::optional<Ext4Directory> directory(std::uint32_t inode) const;

  /// The fingerprint of the directory `inode`; nothing where directory() is nothing.
  [[nodiscard]] std::optional<std::uint64_t> fingerprint(std::uint32_t inode) const;

  /// Every extent of every directory, in no order.
  [[nodiscard]] std::vector<Ext4Extent> allDirectoryExtents() const;
  [[nodiscard]] std::uint64_t directoryCount() const;

 private:
  struct DirectoryRecord {
    std::uint32_t inode;
    std::uint32_t fingerprint_low;
    std::uint32_t fingerprint_high;
    std::uint32_t first_extent;
    /// Their number, and the three flags above it. Bit fields would be read before they are
    /// written, which takes two page faults for one in new memory (measured: 8 % of a census).
    std::uint32_t extents_and_flags;

    static constexpr std::uint32_t kIndexed = std::uint32_t{1} << 31U;
    static constexpr std::uint32_t kEncrypted = std::uint32_t{1} << 30U;
    static constexpr std::uint32_t kRecent = std::uint32_t{1} << 29U;
    static constexpr std::uint32_t kMostExtents = kRecent - 1;  // 4 GB of them

    [[nodiscard]] std::uint64_t fingerprint() const {
      return std::uint64_t{fingerprint_high} << 32U | fingerprint_low;
    }
  };
  /// An inode that does not fit into a slot: with several links, or too many blocks.
  struct WideEntry {
    std::uint32_t index;  // of its slot in the part
    std::uint32_t allocated_blocks;
    std::uint16_t links;
    Ext4Kind kind;
  };
  /// The inodes of a range of groups, as far as they are not in slots_; ascending by number.
  struct Part {
    std::vector<WideEntry> wide;
    std::vector<DirectoryRecord> directories;
    std::vector<Ext4Extent> extents;
    std::unordered_map<std::uint32_t, std::vector<std::vector<std::byte>>> inline_entries;
  };

  static constexpr std::uint32_t kGroupsPerPart = 16;

  /// The record of the directory `inode`, or null.
  [[nodiscard]] const DirectoryRecord* record(const Part& part, std::uint32_t inode) const;
  [[nodiscard]] const Part& partOf(std::uint32_t inode) const;
  // A slot is the kind of an inode and, above its bits, the blocks of one that has one link; or
  // kWide and, above it, the place of the entry in Part::wide, modulo kValues.
  static constexpr unsigned kKindBits = 3;
  static constexpr std::uint16_t kWide = (1U << kKindBits) - 1;
  static constexpr std::uint32_t kValues = std::uint32_t{1} << (16 - kKindBits);

  [[nodiscard]] Result<void> readPart(std::uint32_t part);
  /// Takes the inode at `slot`, which is no directory. `slot` ascends within a part.
  void addFile(std::uint32_t part, std::uint64_t slot, const Ext4Inode& inode,
               std::uint32_t allocated_blocks);
  void addDirectory(Part& part, std::uint32_t number, const Ext4Inode& inode,
                    std::span<const std::byte> raw) const;

  [[nodiscard]] std::uint64_t firstSlot(std::uint32_t part) const {
    return volume_->groups()[part * kGroupsPerPart].first_slot;
  }
  /// The slot of `inode`; nothing if it is beyond those in use.
  [[nodiscard]] std::optional<std::uint64_t> slotOf(std::uint32_t inode) const;

  const Ext4Volume* volume_ = nullptr;
  std::vector<std::uint16_t> slots_;
  std::vector<Part> parts_;
};

/// `entry`, which is no directory, as the inode table of a census has it.
[[nodiscard]] InodeTable::Inode inodeOf(const Ext4Volume& volume, std::uint32_t inode,
                                        const Ext4InodeMap::Entry& entry);

}  // namespace hardlink
