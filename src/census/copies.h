#pragma once

/// Which directories are hard-link copies of each other, by a sample.

#include <string>

namespace hardlink {

/// Whether more than half of a sample of files with several links has the same inode at the same
/// relative path in both directories. The sample is the first 64 such names in byte order, depth
/// first, of at most 4,096 names read; it is taken in the directory that has fewer of them. Mounts
/// are not entered and symlinks not followed. False where nothing can be read or sampled.
[[nodiscard]] bool areCopies(const std::string& one, const std::string& other);

/// Whether `directory` holds snapshots, as a host or a volume does and a snapshot does not: among
/// its subdirectories, or among those of one of them, two have names of one scheme
/// (farms/snapshot_name.h) and are copies of each other. Reads names, of a bounded number.
[[nodiscard]] bool holdsSnapshots(const std::string& directory);

}  // namespace hardlink
