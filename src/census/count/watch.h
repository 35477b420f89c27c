#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "model/counts.h"

namespace hardlink {

/// An inode's link count, read again after the census.
struct RereadLinks {
  std::uint64_t inode = 0;
  std::uint64_t links = 0;
};

/// What is known of a root's link counts between two censuses.
struct LinksNow {
  std::vector<RereadLinks> links;
  /// Every inode of the last census by its link count now; unset where only `links` were read.
  std::optional<BucketCounts> inode_links;
};

/// Reads the link counts of `hot_inodes` again, by the first of their paths that still leads to
/// them; those that cannot be found are left out. Touches only those files. Fails if the root
/// cannot be opened. Any thread.
[[nodiscard]] Result<std::vector<RereadLinks>> rereadLinks(const std::string& root,
                                                           const std::vector<HotInode>& hot_inodes);

}  // namespace hardlink
