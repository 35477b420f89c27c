#pragma once

#include <cstdint>
#include <vector>

#include "census/ext4/ext4_inode_map.h"
#include "census/ext4/ext4_volume.h"
#include "census/refresh/kept_units.h"

namespace hardlink {

/// A directory as it was when its entries were read.
struct SeenDirectory {
  std::uint32_t inode = 0;
  std::uint64_t fingerprint = 0;  ///< Ext4Inode::fingerprint
};

/// What is kept of the directories of a unit, which are ascending by inode: their numbers, as
/// packRun() packs them. One or two bytes for each.
[[nodiscard]] UnitDirectories packed(const std::vector<SeenDirectory>& directories);

/// Whether the directories of `unit` are what they were, says the map.
[[nodiscard]] bool isUnchanged(const KeptUnits::Unit& unit, const Ext4InodeMap& map);

/// Whether one of `directories` is changing: the kernel writes an entry first and then the inode of
/// its directory, some microseconds later, or longer where the writer has to wait for a processor.
/// Waits for a second.
[[nodiscard]] bool areChanging(const Ext4Volume& volume, std::vector<SeenDirectory>& directories);

}  // namespace hardlink
