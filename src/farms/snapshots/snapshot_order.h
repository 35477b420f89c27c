#pragma once

/// Orders snapshots by age: by their names, compared with the times of the directories. Pure
/// functions; any thread.

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/types.h"

namespace hardlink {

/// The path and the times of a directory that may be a snapshot.
struct SnapshotAge {
  using Time = std::chrono::system_clock::time_point;

  std::string path;            ///< below the root
  std::optional<Time> born{};  ///< when the directory was created
  std::optional<Time> modified{};
};

/// Snapshots of one thing: directories in one parent whose names follow one scheme, or no scheme.
/// The values are indices into the argument of orderSnapshots().
struct SnapshotSeries {
  std::vector<std::size_t> oldest_first;
  /// How many at the front are certainly older than another snapshot of the series.
  std::size_t older = 0;
};

/// Two orders of a series that contradict each other. Indices, oldest first.
struct UncertainOrder {
  std::string by;  ///< what gives the first order: names, modification times
  std::vector<std::size_t> first;
  std::string other_by;
  std::vector<std::size_t> second;
};

struct SnapshotOrder {
  std::vector<SnapshotSeries> series;
  /// The snapshots that certainly are not the newest of their series, the oldest of all series
  /// first. Empty if there is a conflict.
  std::vector<std::size_t> removable;
  /// When each snapshot was made, by index. Unset if its times are unknown.
  std::vector<std::optional<SnapshotAge::Time>> made;
  std::optional<UncertainOrder> conflict;  ///< of the first series that has one
};

/// Orders `snapshots` in three steps. First, names give an order (farms/snapshots/snapshot_name.h):
/// dates ascend; NAME.N counts backwards if there is a NAME.0; other numbers follow the direction
/// of the times, or ascend if the times have no direction. Second, names are compared with the
/// modification times and, separately, with the births. Equal times agree with every order. It is a
/// conflict if neither agrees: a copied disk keeps its modification times but not its births, and a
/// snapshot with its source's modification time still has a birth of its own. Third, if names give
/// no order, the later of birth and modification decides: rsync gives a new snapshot the
/// modification time of its source, and rsnapshot writes the newest snapshot into a directory that
/// was created long ago.
///
/// Some directories are in no series: those with a name that no finished snapshot has, those
/// without a scheme beside others with one, a single date or NAME.N (it may be the newest of
/// another series), and those whose times are unknown.
[[nodiscard]] SnapshotOrder orderSnapshots(const std::vector<SnapshotAge>& snapshots,
                                           OrderChoice choice);

/// Merges the first `counts[i]` members of each series i into one list of (series, member), the
/// oldest of all first. Each series keeps its order. `age(series, member)` returns what compares.
template <class Age>
[[nodiscard]] std::vector<std::pair<std::size_t, std::size_t>> mergeByAge(
    const std::vector<std::size_t>& counts, Age age) {
  std::vector<std::pair<std::size_t, std::size_t>> merged;
  std::vector<std::size_t> taken(counts.size());
  for (;;) {
    std::optional<std::size_t> oldest;
    for (std::size_t series = 0; series < counts.size(); ++series) {
      if (taken[series] < counts[series] &&
          (!oldest || age(series, taken[series]) < age(*oldest, taken[*oldest]))) {
        oldest = series;
      }
    }
    if (!oldest) {
      return merged;
    }
    merged.emplace_back(*oldest, taken[*oldest]++);
  }
}

}  // namespace hardlink
