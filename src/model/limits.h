#pragma once

/// The limits of a filesystem, what is left of each, and what the program that makes layers keeps
/// for each of them. Plain values.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace hardlink {

/// In the order in which they are named: where two end at the same time, the earlier one does.
enum class Limit : std::uint8_t { links, inodes, space, subdirectories, names_per_directory };

/// As in labels and in JSON.
inline constexpr std::array<std::string_view, 5> kLimitNames = {
    "links", "inodes", "space", "subdirectories", "names_per_directory"};

[[nodiscard]] constexpr std::string_view toString(Limit limit) {
  return kLimitNames[static_cast<std::size_t>(limit)];
}

/// A quantity of which a filesystem has a fixed amount.
struct Quota {
  std::uint64_t of = 0;
  std::uint64_t left = 0;  ///< for the maker of the layers

  [[nodiscard]] std::uint64_t used() const { return of - (left < of ? left : of); }
  bool operator==(const Quota&) const = default;
};

/// What a filesystem has left at one directory, at one moment. What cannot be known is unset.
struct FreeRoom {
  std::optional<Quota> inodes;  ///< where their number is fixed
  std::optional<Quota> bytes;   ///< where it is known what a directory takes

  bool operator==(const FreeRoom&) const = default;
};

/// What copies take on a filesystem, object by object. Upper bounds.
struct CopyCosts {
  /// What a directory of one block takes; 0 where it is not known what directories take.
  std::uint32_t block_bytes = 0;
  std::uint32_t cluster_bytes = 0;  ///< what is given away at once: a multiple of block_bytes
  /// Bytes of an entry of a directory, to those of ext4's format: 1 there, 2 on XFS.
  std::uint32_t entry_scale = 1;
  std::uint32_t inode_bytes = 0;   ///< of space, where inodes are made as they are needed
  bool names_take_inodes = false;  ///< each further name counts as an inode (tmpfs)

  bool operator==(const CopyCosts&) const = default;
};

/// Bytes of a directory entry in ext4's format whose name has `length` bytes.
[[nodiscard]] constexpr std::uint64_t entryBytes(std::size_t length) {
  return 8 + ((std::uint64_t{length} + 3) & ~std::uint64_t{3});
}
/// Those of `.` and `..`, which every directory has.
inline constexpr std::uint64_t kDotEntriesBytes = 24;

/// The most bytes that a directory takes whose entries have `entry_bytes` in ext4's format, `.` and
/// `..` included, when they are added one after the other. 0 where that is not known.
[[nodiscard]] std::uint64_t directoryBytes(const CopyCosts& costs, std::uint64_t entry_bytes);

/// Whether these entries are more than one block of a directory holds.
[[nodiscard]] bool takesMoreThanOneBlock(const CopyCosts& costs, std::uint64_t entry_bytes);

/// What a symlink takes beside its inode whose target has `length` bytes, at most.
inline constexpr std::uint64_t kLongSymlink = 60;  ///< a target from this length on needs a block

/// What the maker of a layer keeps of its own beside it: directories, documents, temporary files.
struct MakersOwn {
  struct Objects {
    std::uint64_t inodes = 0;
    std::uint64_t blocks = 0;  ///< of files and directories with one block each
    std::uint64_t bytes = 0;   ///< of what grows, or is larger

    bool operator==(const Objects&) const = default;
  };

  Objects kept{};             ///< for good, for each layer
  Objects returned{};         ///< of that, what certainly comes back when the layer goes
  Objects temporary{};        ///< for each layer, until all that are made at once are there
  std::uint64_t at_once = 0;  ///< layers that are made at once, at most
  Objects once{};             ///< temporary too, however many there are
  /// Bytes of `once` for each name and directory of the layer that is copied.
  std::uint64_t once_bytes_per_name = 0;

  bool operator==(const MakersOwn&) const = default;
};

}  // namespace hardlink
