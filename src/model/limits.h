#pragma once

/// The limits of a filesystem, what is left under each, and what the maker of the layers stores
/// beside each layer. Plain values.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace hardlink {

/// If two limits end at the same time, the earlier one in this order is the first limit.
enum class Limit : std::uint8_t { links, inodes, space, subdirectories, names_per_directory };

/// As in labels and in JSON.
inline constexpr std::array<std::string_view, 5> kLimitNames = {
    "links", "inodes", "space", "subdirectories", "names_per_directory"};

[[nodiscard]] constexpr std::string_view toString(Limit limit) {
  return kLimitNames[static_cast<std::size_t>(limit)];
}

/// Something of which a filesystem has a fixed amount.
struct Quota {
  std::uint64_t of = 0;
  std::uint64_t left = 0;  ///< for the maker of the layers

  [[nodiscard]] std::uint64_t used() const { return of - (left < of ? left : of); }
  bool operator==(const Quota&) const = default;
};

/// What a filesystem has left at one directory, at one moment. Unknown figures are unset.
struct FreeRoom {
  std::optional<Quota> inodes;  ///< if their number is fixed
  std::optional<Quota> bytes;   ///< if the size of a directory is known

  bool operator==(const FreeRoom&) const = default;
};

/// What each object of a copy takes on a filesystem. Upper bounds.
struct CopyCosts {
  /// What a directory of one block takes; 0 if the size of directories is not known.
  std::uint32_t block_bytes = 0;
  std::uint32_t cluster_bytes = 0;  ///< the unit of allocation: a multiple of block_bytes
  /// Bytes of a directory entry, as a multiple of its bytes in ext4's format: 1 on ext4, 2 on XFS.
  std::uint32_t entry_scale = 1;
  std::uint32_t inode_bytes = 0;   ///< of space, if inodes are made on demand
  bool names_take_inodes = false;  ///< each further name counts as an inode (tmpfs)

  bool operator==(const CopyCosts&) const = default;
};

/// Bytes of a directory entry in ext4's format, for a name of `length` bytes.
[[nodiscard]] constexpr std::uint64_t entryBytes(std::size_t length) {
  return 8 + ((std::uint64_t{length} + 3) & ~std::uint64_t{3});
}
/// Bytes of the entries `.` and `..`, which every directory has.
inline constexpr std::uint64_t kDotEntriesBytes = 24;

/// The most bytes that a directory takes, if its entries are added one after the other and have
/// `entry_bytes` in ext4's format, `.` and `..` included. 0 if that is not known.
[[nodiscard]] std::uint64_t directoryBytes(const CopyCosts& costs, std::uint64_t entry_bytes);

/// Whether these entries need more than one block.
[[nodiscard]] bool takesMoreThanOneBlock(const CopyCosts& costs, std::uint64_t entry_bytes);

/// What an inode takes beside itself, of the `allocated_bytes` that stat(2) says on a filesystem of
/// the type `filesystem`: ext4 counts content that lies in the inode too, in sectors. Where its
/// inodes are as large as blocks (`mke2fs -I`), such content of almost a block cannot be told from
/// a real one.
[[nodiscard]] std::uint64_t bytesBesideInode(std::string_view filesystem, const CopyCosts& costs,
                                             std::uint64_t allocated_bytes);

/// A symlink whose target has this length or more needs a block beside its inode.
inline constexpr std::uint64_t kLongSymlink = 60;

/// What the maker of a layer stores beside it: directories, documents, temporary files.
struct MakersOwn {
  struct Objects {
    std::uint64_t inodes = 0;
    std::uint64_t blocks = 0;  ///< of files and directories with one block each
    std::uint64_t bytes = 0;   ///< of files that grow, or are larger

    bool operator==(const Objects&) const = default;
  };

  Objects kept{};             ///< permanently, for each layer
  Objects returned{};         ///< the part of `kept` that is certainly freed with the layer
  Objects temporary{};        ///< for each layer, until all that are made at once are finished
  std::uint64_t at_once = 0;  ///< the most layers that are made at once
  Objects once{};             ///< temporary too, for any number of layers
  /// Bytes that `once` has in addition, for each name and directory of the copied layer.
  std::uint64_t once_bytes_per_name = 0;

  bool operator==(const MakersOwn&) const = default;
};

}  // namespace hardlink
