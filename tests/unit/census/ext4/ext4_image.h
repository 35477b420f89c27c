#pragma once

/// Unmounted filesystems of the ext family in memory, for tests of the parts of the ext4 engine
/// that read any descriptor. Needs no root.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/os/fd.h"
#include "census/count/unit_reader.h"
#include "model/counts.h"

namespace hardlink {

/// The counts of the whole filesystem.
struct ImageCounts {
  LayerCounts layer;  ///< everything, as if it were one layer
  UnitTotals totals;
  NamesByInode names;  ///< of the first inodes met
};

/// An image held in memory.
class Ext4Image {
 public:
  /// Makes an image with `mkfs.ext4 OPTIONS…` from the tree below `directory`. Throws
  /// std::runtime_error with the program's output on failure.
  Ext4Image(const std::string& directory, const std::vector<std::string>& options,
            std::uint64_t size_bytes);

  [[nodiscard]] std::uint64_t size() const { return bytes_.size(); }
  /// Its bytes as made.
  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }
  /// Overwrites bytes for the next count(). Ignores an offset beyond the end.
  void overwrite(std::uint64_t offset, std::span<const std::byte> bytes);
  /// Undoes every overwrite().
  void restore();

  /// Counts the image; nothing if the engine refuses it as a whole.
  [[nodiscard]] std::optional<ImageCounts> count() const;

 private:
  struct Change {
    std::uint64_t offset;
    std::size_t length;
  };

  std::vector<std::byte> bytes_;
  Fd memory_;
  std::vector<Change> changes_;
};

}  // namespace hardlink
