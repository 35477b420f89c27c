#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <stop_token>
#include <vector>

#include "base/error.h"
#include "census/ext4/ext4_inode.h"
#include "census/ext4/ext4_inode_map.h"
#include "census/ext4/ext4_volume.h"
#include "census/ext4/seen_directories.h"

namespace hardlink {

/// Inodes as they are on disk now, while Ext4InodeMap has those of its pass. Not thread-safe. The
/// volume must outlive it.
class Ext4InodeReader {
 public:
  explicit Ext4InodeReader(const Ext4Volume& volume) : volume_(volume) {}

  /// The directory `inode`; its spans are valid until releaseDirectories(). The Error has an errno
  /// value: ENOENT if it is no directory any more, EUCLEAN if it makes no sense.
  [[nodiscard]] Result<Ext4Directory> directory(std::uint32_t inode);
  void releaseDirectories();

  /// Takes an inode of a list by its place in the list.
  using Visit = std::function<void(std::size_t at, const Ext4Inode& inode)>;
  /// Passes each of `inodes`, ascending numbers, to `visit`, in this order. Inodes that lie close
  /// together are read together. The Error has an errno value: ECANCELED after a stop.
  [[nodiscard]] Result<void> read(std::span<const std::uint32_t> inodes, const Visit& visit,
                                  const std::stop_token& stop);
  /// What read() takes from the device for these inodes, in whole pages: one for each inode at
  /// most. Reads nothing.
  [[nodiscard]] std::uint64_t bytesToRead(std::span<const std::uint32_t> inodes) const;

  /// Unused if it cannot be read.
  [[nodiscard]] Ext4InodeMap::Entry entry(std::uint32_t inode);

  /// How many of `seen` have changed since; sorts them by inode.
  [[nodiscard]] std::uint64_t countChanged(std::vector<SeenDirectory>& seen);

 private:
  /// Inodes [first, last) of a list, which are read together: bytes [begin, end) of the device.
  struct Run {
    std::size_t first;
    std::size_t last;
    std::uint64_t begin;
    std::uint64_t end;
  };

  [[nodiscard]] Result<void> readInode(std::uint32_t inode);
  /// The run that begins with inode `first` of a list of `size`; `number_at` has their numbers.
  template <class NumberAt>
  [[nodiscard]] Run runFrom(std::size_t first, std::size_t size, const NumberAt& number_at) const;
  [[nodiscard]] Result<void> readRun(const Run& run);
  /// An inode of the run that was read last.
  [[nodiscard]] Ext4Inode inRun(const Run& run, std::uint32_t inode) const;

  const Ext4Volume& volume_;
  std::vector<std::byte> bytes_;  // of the inodes read last
  std::deque<std::vector<Ext4Extent>> extents_;
  std::deque<std::vector<std::vector<std::byte>>> inline_entries_;
};

}  // namespace hardlink
