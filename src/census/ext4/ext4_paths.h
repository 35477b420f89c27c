#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "census/ext4/ext4_directory_reader.h"
#include "census/ext4/ext4_inode_reader.h"
#include "census/ext4/ext4_volume.h"

namespace hardlink {

/// Finds the paths of a few directories, by way of their `..` and the names in their parents. The
/// filesystem changes meanwhile: the caller must check that a path leads to what it looks for.
/// Not thread-safe.
class Ext4Paths {
 public:
  /// Paths begin at the directory `root`. The volume must outlive this.
  Ext4Paths(const Ext4Volume& volume, std::uint32_t root)
      : volume_(volume), inodes_(volume), reader_(volume), paths_{{root, ""}} {}

  /// The path of the directory `inode`; nothing if it does not lie below the root, lies too deep,
  /// or cannot be found.
  [[nodiscard]] std::optional<std::string> pathOf(std::uint32_t inode);

 private:
  /// The parent of the directory `inode`; 0 if it cannot be read.
  [[nodiscard]] std::uint32_t parentOf(std::uint32_t inode);
  [[nodiscard]] std::uint32_t parentIn(const Ext4Directory& directory) const;
  /// The name of the directory `inode` in `parent`; empty if it has none.
  [[nodiscard]] std::string nameIn(std::uint32_t parent, std::uint32_t inode);

  const Ext4Volume& volume_;
  Ext4InodeReader inodes_;
  Ext4DirectoryReader reader_;
  std::unordered_map<std::uint32_t, std::string> paths_;  // of the directories on the way
};

}  // namespace hardlink
