#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <vector>

#include "base/error.h"
#include "census/count/hot_inodes.h"
#include "census/count/inode_table.h"
#include "census/ext4/ext4_inode_reader.h"
#include "census/ext4/ext4_volume.h"

namespace hardlink {

/// When a watch may read every inode of the root (a *whole pass*): if that takes few bytes, and the
/// last pass little of the time since then. Pure: the caller brings the time.
class WholePasses {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// The most that a whole pass may read from the device, cached or not.
  static constexpr std::uint64_t kMostBytes = std::uint64_t{64} << 20U;

  /// Whether a pass that reads `bytes` may begin at `now`. `max_duty` is the share of time that
  /// passes may take, above 0 up to 1. The first pass may begin at any time.
  [[nodiscard]] bool mayBegin(Time now, std::uint64_t bytes, double max_duty) const;
  /// A pass was made, to its end or not.
  void ended(Time begin, Time end);

 private:
  Time begin_;  // of the last pass
  std::chrono::duration<double> took_{0};
};

/// The link counts of the inodes of a census, read again from the inode tables. What it reads
/// follows the root and never the filesystem. Not thread-safe.
///
/// Each reading covers the hottest inodes: those of the census's report, and those that could
/// overtake them. Where WholePasses allows it, it covers all.
class Ext4Watch {
 public:
  /// How many of the hottest inodes are read each time, a page of the device at most for each.
  static constexpr std::size_t kHottest = 1000;

  /// Watches the inodes of a census from now on. `hottest`, hottest first, and `shared` are numbers
  /// of the census's `inodes` inodes; inodes that are in neither have one link. The device of
  /// `volume` must outlive this, or the next begin(). Memory: 4 bytes for each inode that is read
  /// again, 1 MB at most with inodes of 256 bytes; 24 bytes for each block group.
  void begin(const Ext4Volume& volume, const std::vector<std::uint64_t>& shared,
             const std::vector<InodeTable::Record>& hottest, std::uint64_t inodes);

  /// The present link counts; with those of all inodes, the histogram over `buckets` too. An inode
  /// that has gone has 0 links. `max_duty` as for WholePasses. Fails where the device cannot be
  /// read, has got another filesystem, or was mounted again; ECANCELED after a stop.
  [[nodiscard]] Result<LinksNow> readLinks(const std::vector<std::uint64_t>& buckets,
                                           double max_duty, const std::stop_token& stop);

 private:
  /// Tells the filesystem from another on the same device, and a mount from the next: between
  /// mounts the inode tables can be moved. From the superblock: its UUID and the time of the mount.
  using MountMark = std::array<std::uint32_t, 5>;

  [[nodiscard]] static Result<MountMark> markOf(const Ext4Volume& volume);
  [[nodiscard]] Result<LinksNow> readHottest(const std::stop_token& stop) const;
  [[nodiscard]] Result<LinksNow> readAll(const std::vector<std::uint64_t>& buckets,
                                         const std::stop_token& stop);

  std::optional<Ext4Volume> volume_;    // unset before the first begin()
  std::optional<MountMark> mark_;       // unset: the superblock could not be read
  std::vector<std::uint32_t> hottest_;  // ascending
  std::vector<std::uint32_t> all_;      // ascending; empty if WholePasses never allows them
  std::uint64_t bytes_of_all_ = 0;
  std::uint64_t single_links_ = 0;  // inodes of the census that are not in all_: with one link
  std::uint64_t other_links_ = 0;   // LinksNow::other_links, as last known
  WholePasses passes_;
};

}  // namespace hardlink
