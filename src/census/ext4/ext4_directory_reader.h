#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "census/ext4/ext4_inode_map.h"
#include "census/ext4/ext4_volume.h"

namespace hardlink {

/// A name in a directory block; `.` and `..` are left out.
struct Ext4Entry {
  std::uint32_t inode;
  std::string_view name;      ///< in the block it was read from
  bool is_directory = false;  ///< so says the block; false where the filesystem does not note it
};

/// Appends the entries of one directory block (or of one piece of inline entries) to `entries`.
/// Checks every length before it is used; returns false, with `entries` as they were, if the block
/// makes no sense. Index blocks of hashed directories and checksum tails have no entries.
[[nodiscard]] bool parseEntries(std::span<const std::byte> block, std::vector<Ext4Entry>& entries);

/// Reads the blocks of many directories at a time in the order in which they lie on the device.
/// Not thread-safe.
class Ext4DirectoryReader {
 public:
  explicit Ext4DirectoryReader(const Ext4Volume& volume);

  /// Gets the result of read(). `directory` is an index into the directories passed to it.
  class Visitor {
   public:
    virtual ~Visitor() = default;
    /// The entries of one block, valid during the call.
    virtual void onEntries(std::size_t directory, std::span<const Ext4Entry> entries) = 0;
    /// A block could not be read, or made no sense at every attempt.
    virtual void onError(std::size_t directory, int error) = 0;
  };

  /// With `read_ahead`, blocks that are not in memory are asked for before the first is read.
  void read(std::span<const Ext4Directory> directories, bool read_ahead, Visitor& visitor);

 private:
  struct Segment {
    std::uint64_t block;
    std::uint32_t directory;
    std::uint32_t length;
  };

  /// Sorts segments_, and cuts them into runs.
  void findRuns();
  void readRun(std::span<const Segment> run, Visitor& visitor);
  void visitBlock(const Segment& segment, std::uint64_t block, std::span<std::byte> bytes,
                  Visitor& visitor);

  const Ext4Volume& volume_;
  std::vector<Segment> segments_;
  std::vector<std::span<const Segment>> runs_;  // of blocks side by side, for one read each
  std::vector<std::byte> buffer_;
  std::vector<Ext4Entry> entries_;
};

}  // namespace hardlink
