#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/error.h"
#include "census/ext4/ext4_volume.h"

namespace hardlink {

/// A run of blocks of the device.
struct Ext4Extent {
  std::uint64_t block : 48;
  std::uint64_t length : 16;  ///< in blocks, at least 1
};

/// Appends the extents of the directory whose inode is at `raw` to `extents`, in any order, from
/// its extent tree or its block map. Directories with inline data have none. The Error has an errno
/// value: EUCLEAN where what is there makes no sense. Any thread.
[[nodiscard]] Result<void> appendExtents(const Ext4Volume& volume, std::span<const std::byte> raw,
                                         std::vector<Ext4Extent>& extents);

}  // namespace hardlink
