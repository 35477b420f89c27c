#pragma once

/// The harness of the fuzz target and of the short test without libFuzzer: it overwrites bytes of
/// small filesystems and counts them.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "unit/census/ext4/ext4_image.h"

namespace hardlink {

/// One image and where its metadata is.
class MutableImage {
 public:
  explicit MutableImage(Ext4Image image);

  /// Applies `mutations` of seven bytes each: the number of a piece of metadata (two bytes), the
  /// offset in it and whether to overwrite one byte or four aligned ones (one byte), and the new
  /// value. Counts the result, then restores everything.
  [[nodiscard]] std::optional<ImageCounts> countMutated(std::span<const std::uint8_t> mutations);

  static constexpr std::size_t kMutationBytes = 7;

 private:
  static constexpr std::size_t kPieceBytes = 128;

  void mutate(std::span<const std::uint8_t> mutation);

  Ext4Image image_;
  std::vector<std::uint64_t> pieces_;  // offsets of the pieces that are not all zero
};

/// One filesystem of each kind: extents, checksums, inline data, block maps. Throws
/// std::runtime_error where mkfs fails.
[[nodiscard]] std::vector<MutableImage> makeMutableImages();

/// Names in each of them, and inodes that each has room for.
inline constexpr std::uint64_t kNamesInImages = 270;
inline constexpr std::uint64_t kInodesInImages = 128;

}  // namespace hardlink
