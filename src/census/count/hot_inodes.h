#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "census/count/engine.h"
#include "census/count/inode_table.h"
#include "census/count/single_links.h"
#include "census/count/unit_reader.h"
#include "model/counts.h"

namespace hardlink {

/// The `count` inodes of `table` and `singles` with the most links, hottest first, of equals the
/// lowest inode number first; without sizes and paths. Only those with names: others were met in a
/// reading that was discarded. Those that a layer's frontier names as its binding inode are not
/// treated apart: with the most names per layer they are, in practice, among the hottest.
[[nodiscard]] std::vector<InodeTable::Record> hottestInodes(const InodeTable& table,
                                                            const SingleLinks& singles,
                                                            std::size_t count);

/// The inodes that are wanted of each unit, or the names that were found of them there: unit 0
/// stands for the shallow directories, unit i for the i-th of the census' units, from 1.
using WantedByUnit = std::map<std::uint32_t, std::vector<std::uint64_t>>;
using NamesByUnit = std::map<std::uint32_t, NamesByInode>;

/// The units that are to be read again for names of `hottest`: the first and the last that hold an
/// inode.
[[nodiscard]] WantedByUnit wantedNames(const std::vector<InodeTable::Record>& hottest);

/// Names `hottest` by `names`: the representative, and others from other units for the watch.
///
/// The representative is the known path where that still leads to the inode, and otherwise the
/// first name within the inode's first unit: by the inode number of the directory and then in byte
/// order where names were kept (HotNames), and in the byte order of paths where the unit was read
/// again.
[[nodiscard]] std::vector<HotInode> nameHotInodes(const std::vector<InodeTable::Record>& hottest,
                                                  int root,
                                                  const std::vector<KnownPath>& known_paths,
                                                  const NamesByUnit& names);

/// What is known of a root's link counts between two censuses.
struct LinksNow {
  /// Of the hot inodes, as far as they were found, and of others that could overtake them. An inode
  /// that is known to have gone has 0 links.
  std::vector<InodeLinks> links;
  /// The most links that any other inode of the last census had when it was last read, now or then.
  std::uint64_t other_links = 0;
  /// Every inode of the last census by its link count now; unset where not all were read.
  std::optional<BucketCounts> inode_links;
};

/// Reads the link counts of `hot_inodes` again, by the first of their paths that still leads to
/// them; those that cannot be found are left out. Touches only those files. Fails if the root
/// cannot be opened. Any thread.
[[nodiscard]] Result<std::vector<InodeLinks>> rereadLinks(const std::string& root,
                                                          const std::vector<HotInode>& hot_inodes);

}  // namespace hardlink
