#pragma once

/// Which snapshot is the oldest: the order that names give, held against the times of directories.
/// Pure functions; any thread.

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "config/types.h"

namespace hardlink {

/// What is known of a directory that may be a snapshot.
struct SnapshotAge {
  using Time = std::chrono::system_clock::time_point;

  std::string path;            ///< below the root
  std::optional<Time> born{};  ///< of the directory
  std::optional<Time> modified{};
};

/// Snapshots of one thing: directories in one parent whose names follow one scheme, or that have
/// no scheme. Indices into what orderSnapshots() was given.
struct SnapshotSeries {
  std::vector<std::size_t> oldest_first;
  /// How many of them, from the front, are certainly older than another of the series.
  std::size_t older = 0;
};

/// Two orders of a series of which neither is certain. Indices, oldest first.
struct UncertainOrder {
  std::string by;  ///< what gives the first order: names, modification times
  std::vector<std::size_t> first;
  std::string other_by;
  std::vector<std::size_t> second;
};

struct SnapshotOrder {
  std::vector<SnapshotSeries> series;
  /// Those of all series that certainly are not the newest of theirs, by age. Empty if there is a
  /// conflict.
  std::vector<std::size_t> removable;
  /// By index, when each was made, as far as times tell.
  std::vector<std::optional<SnapshotAge::Time>> made;
  std::optional<UncertainOrder> conflict;  ///< of the first series that has one
};

/// Names give an order (farms/snapshots/snapshot_name.h): dates ascend; NAME.N with a NAME.0 counts
/// backwards; other numbers go in the direction of the times, and forwards if the times say
/// nothing. Modification times and births are one order each. Names are held against each of the
/// two on its own, and equal times agree with everything: a disk that was copied keeps its
/// modification times, a snapshot that has its source's modification time has a birth of its own.
/// If neither agrees, that is a conflict. Where names say nothing, the later of birth and
/// modification counts: rsync gives a new snapshot the modification time of its source, and
/// rsnapshot writes the newest into the directory of the last, whose birth was long ago.
///
/// A name that no finished snapshot has is in no series. Beside names with a scheme, those without
/// are strangers and in no series either. Nor is a lone date or NAME.N, which may be the newest of
/// its own series, nor what has no known time.
[[nodiscard]] SnapshotOrder orderSnapshots(const std::vector<SnapshotAge>& snapshots,
                                           OrderChoice choice);

}  // namespace hardlink
