#pragma once

/// What a kind of farm is to the others: farms/kinds.cc has the table of them, and each has a file
/// of its own. To add one: a file, a line of that table, a test, and a section of docs/farms.md.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "farms/evidence/directory.h"
#include "model/farm.h"

namespace hardlink {

/// A layer as its tool keeps it: `DATE/localhost` is the layer, `DATE` the snapshot whose name and
/// times tell its age. Paths below the root; the two are the same for most tools.
struct ClaimedLayer {
  std::string layer;
  std::string snapshot;
  bool unfinished = false;  ///< being made, or left over by a failure: it is no layer
  /// Is no head as long as another layer of the series can be: it holds changes only, or something
  /// failed when it was made.
  bool no_head = false;
  /// What removes this layer, for people, where the tree says so.
  std::string expiry{};

  bool operator==(const ClaimedLayer&) const = default;
};

/// The layers of one thing, in no order. Where `levels` is not empty the snapshots are called
/// LEVEL.N, and these are the levels, the most frequent first: the order of age is the rarest level
/// first, in it the highest number.
struct ClaimedSeries {
  std::string name;  ///< Series::name
  std::vector<ClaimedLayer> layers;
  std::vector<std::string> levels{};

  bool operator==(const ClaimedSeries&) const = default;
};

/// What the one series of a directory is called.
[[nodiscard]] inline std::string seriesName(const std::string& directory) {
  return directory.empty() ? "." : directory;
}

/// What a kind says of a directory by which it knows its own.
struct Claim {
  std::string evidence;  ///< what was found, for people: "a pool beside pc/HOST/N"
  std::vector<ClaimedSeries> series{};
  std::vector<std::string> users{};           ///< of a store, where they lie in this directory
  std::optional<std::uint64_t> link_limit{};  ///< the tool's own
  /// The names alone are no evidence: the claim holds only for layers that are copies of others,
  /// and only if each of `levels` has one that is a copy of a layer of another level. The rest are
  /// no layers.
  bool needs_copies = false;
};

/// How one layer goes.
struct Removal {
  std::vector<std::string> command{};  ///< with its arguments; empty where the tool has none
  std::string expiry{};                ///< the setting that removes it then, for people
};

struct Kind {
  Tool tool = Tool::none;
  Layout layout = Layout::none;
  AtLimit at_limit = AtLimit::unknown;
  /// Whether the directory is this tool's, by files that only it makes, never by its name alone.
  /// Asked of the root and of what lies up to five levels below it, until a kind claims a
  /// directory; below that nothing is asked any more. Null: by copies alone.
  std::optional<Claim> (*claim)(const Directory& directory) = nullptr;
  /// How a layer of `root` (absolute) is removed. Null: not by this program's doing.
  Removal (*removal)(const std::string& root, const ClaimedLayer& layer) = nullptr;
  std::string_view advice{};  ///< of a store: the tool's own clean-up
  /// Whether directories that are copies of each other are layers here whatever their names are.
  bool copies_need_no_scheme = false;
  /// Finds the users of the store that was claimed at `store`, in the directory `directory`
  /// anywhere up to five levels below the root; null where claim() names them.
  bool (*uses)(const Directory& directory, const std::string& store) = nullptr;
};

}  // namespace hardlink
