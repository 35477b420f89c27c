#pragma once

/// The interface of a kind of farm. Each kind has a file of its own, and a row in the table of
/// farms/kinds.cc. CONTRIBUTING.md says how to add one.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "farms/evidence/directory.h"
#include "model/farm.h"

namespace hardlink {

/// A layer as its tool keeps it. The layer may be `DATE/localhost` in the snapshot `DATE`, whose
/// name and times give its age. For most tools both are the same path. Paths are below the root.
struct ClaimedLayer {
  std::string layer;
  std::string snapshot;
  bool unfinished = false;  ///< in the making, or left over by a failure: no layer
  /// The layer holds changes only, or something failed when it was made. It is a head only if no
  /// other layer of the series can be one.
  bool no_head = false;
  /// The tool's setting that removes this layer, for people. Empty if the tree does not say.
  std::string expiry{};

  bool operator==(const ClaimedLayer&) const = default;
};

/// The layers of one thing, in any order. If `levels` is not empty, the snapshots are called
/// LEVEL.N, and these are the levels, the most frequent first. The oldest snapshot then has the
/// highest number of the rarest level.
struct ClaimedSeries {
  std::string name;  ///< Series::name
  std::vector<ClaimedLayer> layers;
  std::vector<std::string> levels{};

  bool operator==(const ClaimedSeries&) const = default;
};

/// The name of a series that is the only one in its directory.
[[nodiscard]] inline std::string seriesName(const std::string& directory) {
  return directory.empty() ? "." : directory;
}

/// What a kind finds in a directory of its tool.
struct Claim {
  std::string evidence;  ///< what was found, for people: "a pool beside pc/HOST/N"
  std::vector<ClaimedSeries> series{};
  std::vector<std::string> users{};           ///< of a store, if they are in this directory
  std::optional<std::uint64_t> link_limit{};  ///< the tool's own limit, if any
  /// The names alone are no evidence: layers that are no copies of others are dropped, and the
  /// claim holds only if each level has a layer that is a copy of one of another level.
  bool needs_copies = false;
};

/// How one layer is removed.
struct Removal {
  std::vector<std::string> command{};  ///< with its arguments; empty if the tool has none
  std::string expiry{};                ///< else the setting that removes the layer, for people
};

struct Kind {
  Tool tool = Tool::none;
  Layout layout = Layout::none;
  AtLimit at_limit = AtLimit::unknown;
  /// Recognises a directory of this tool by files that only the tool makes, never by its name
  /// alone. Called for the root and for directories up to five levels below it, but not below a
  /// directory that a kind has claimed. Null if only copies are evidence.
  std::optional<Claim> (*claim)(const Directory& directory) = nullptr;
  /// How a layer of `root` (absolute) is removed. Null if plans never propose to remove layers of
  /// this kind.
  Removal (*removal)(const std::string& root, const ClaimedLayer& layer) = nullptr;
  std::string_view advice{};  ///< of a store: the tool's own clean-up command
  /// Whether copies beside or below a directory of this kind are layers whatever their names are.
  bool copies_need_no_scheme = false;
  /// Whether `directory`, up to five levels below the root, uses the store that was claimed at
  /// `store`. Null if claim() lists the users.
  bool (*uses)(const Directory& directory, const std::string& store) = nullptr;
};

}  // namespace hardlink
