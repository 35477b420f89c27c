#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "model/counts.h"

namespace hardlink {

/// A directory by how many directories there are in it, and where it is.
struct FullDirectory {
  Subdirectories subdirectories;  ///< the path is empty until it is looked for
  std::uint32_t unit = 0;
  std::uint64_t inode = 0;
};

/// The fullest of some directories, in the order of RootCounts::fullest_directories. Not
/// thread-safe.
class FullestDirectories {
 public:
  /// Keeps up to `most`, and at least one.
  explicit FullestDirectories(std::size_t most = 1);

  /// Whether one with `count` directories may be kept: false for most of a tree, at no cost.
  [[nodiscard]] bool mayWant(std::uint64_t count, bool has_limit) const {
    return has_limit || entries_.size() < most_ || count >= entries_.back().subdirectories.count;
  }
  /// Whether offer() would keep `directory`.
  [[nodiscard]] bool wants(const FullDirectory& directory) const;
  void offer(FullDirectory directory);
  void merge(const FullestDirectories& other);

  /// The fullest first.
  [[nodiscard]] const std::vector<FullDirectory>& entries() const { return entries_; }

 private:
  std::size_t most_;
  std::vector<FullDirectory> entries_;
};

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
