#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "model/counts.h"

namespace hardlink {

/// What the back references of the inodes in one directory after the other take: btrfs keeps the
/// names that an inode has in a directory in one item. Not thread-safe.
class BackReferences {
 public:
  /// A name of `length` bytes in the directory that is being read.
  void add(std::uint64_t inode, std::size_t length) { names_.push_back({inode, length}); }
  /// The longest one of the directory, of equals that of the lowest inode number, without the
  /// directory's path; unset where there is no name. Begins the next directory.
  [[nodiscard]] std::optional<DirectoryNames> finishDirectory();

 private:
  struct Name {
    std::uint64_t inode;
    std::size_t length;
  };

  std::vector<Name> names_;
};

/// Whether `a` comes before `b` as RootCounts::fullest_names: more bytes, then the path.
[[nodiscard]] bool isFuller(const DirectoryNames& a, const DirectoryNames& b);

}  // namespace hardlink
