#pragma once

/// Internal to farms/: searches a tree for evidence of farms. That is the files that only one tool
/// makes, and directories that are copies of each other.

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "farms/evidence/kind.h"
#include "farms/recognise.h"

namespace hardlink {

/// Layers of one thing, and the kind of farm that says how one is removed.
struct FoundSeries {
  const Kind* kind = nullptr;  ///< never null
  ClaimedSeries series;
};

/// A directory that a tool made.
struct FoundTool {
  const Kind* kind = nullptr;  ///< never null
  std::string path;            ///< below the root; empty: the root
  std::string evidence;
  std::optional<std::uint64_t> link_limit;
};

struct Found {
  std::vector<FoundTool> tools;  ///< in the order in which they were found: upper levels first
  std::vector<FoundSeries> series;
  std::vector<std::string> users;  ///< of the stores among `tools`, ascending
  /// Two children of the root that are copies of each other, if there are no series: their names
  /// follow no scheme.
  std::optional<std::pair<std::string, std::string>> similar_children;
  bool ended_early = false;  ///< there were too many directories
};

/// Searches the tree below the open directory `root`, within the bounds of recognise().
[[nodiscard]] Found searchFarms(int root, const FarmOptions& options, const std::stop_token& stop);

/// Whether `directory` holds snapshots, as the directory of a host or a volume does. It does if two
/// of its subdirectories have names of one scheme and are copies of each other; the next `levels` -
/// 1 levels are searched too. At most 64 subdirectories of each directory are examined.
[[nodiscard]] bool holdsSeries(int root, const std::string& directory, std::size_t levels = 2);

/// Makes a series of the layers `members` in `directory`. If `directory` has `several` series, the
/// name of this one includes `frame` (SnapshotName::frame).
[[nodiscard]] FoundSeries makeSeries(const Kind& kind, const std::string& directory,
                                     std::string_view frame, bool several,
                                     const std::vector<std::string>& members);

}  // namespace hardlink
