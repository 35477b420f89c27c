#pragma once

/// What there is below a root by which farms are known: what tools have left behind, and
/// directories that are copies of each other. The search behind farms/recognise.h.

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "farms/evidence/kind.h"
#include "farms/recognise.h"

namespace hardlink {

/// Layers of one thing, with the kind that knows how they are made and how they go.
struct FoundSeries {
  const Kind* kind = nullptr;  ///< never null
  ClaimedSeries series;
};

/// A directory that is a tool's.
struct FoundTool {
  const Kind* kind = nullptr;  ///< never null
  std::string path;            ///< below the root; empty: the root
  std::string evidence;
  std::optional<std::uint64_t> link_limit;
};

struct Found {
  std::vector<FoundTool> tools;  ///< in the order in which they were found, highest first
  std::vector<FoundSeries> series;
  std::vector<std::string> users;  ///< of the stores among `tools`, ascending
  /// Two children of the root that are copies of each other and whose names follow no scheme.
  std::optional<std::pair<std::string, std::string>> likeness;
  bool ended_early = false;  ///< there were too many directories
};

/// Searches the tree below `root`, which is open; the bounds are those of recognise().
[[nodiscard]] Found searchFarms(int root, const FarmOptions& options, const std::stop_token& stop);

/// Whether `directory` holds snapshots, as a host or a volume does and a snapshot does not: among
/// its subdirectories, or among those of one of them, two have names of one scheme and are copies
/// of each other. Looks at a bounded number.
[[nodiscard]] bool holdsSeries(int root, const std::string& directory, std::size_t levels = 2);

/// `members`, whose names have the frame `frame`, as a series of `directory`; `several`: there are
/// others in it, so that its name needs the frame too. Each member is a layer.
[[nodiscard]] FoundSeries asSeries(const Kind& kind, const std::string& directory,
                                   std::string_view frame, bool several,
                                   const std::vector<std::string>& members);

}  // namespace hardlink
