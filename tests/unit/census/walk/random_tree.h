#pragma once

/// Random trees of snapshots that share files of all kinds and sizes. Throws std::system_error if a
/// system call fails.

#include <cstdint>
#include <string>
#include <vector>

namespace hardlink {

/// Plants below `base` a directory `root` with snapshots (`snap0`, `snap1`, …) and another
/// directory, and beside it a directory `outside`. They share files with and without holes,
/// symlinks and FIFOs; some have their links in one snapshot only, some have names outside of the
/// snapshots, or of the root. Writes all of it to the disk. Returns the names of the snapshots,
/// ascending. The same `seed` gives the same tree.
std::vector<std::string> plantRandomTree(const std::string& base, unsigned seed);

}  // namespace hardlink
