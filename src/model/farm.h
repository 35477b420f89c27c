#pragma once

/// What kind of tree a root is: what farms/ concluded before a census, and what census/, report/
/// and the commands go by. Plain values, owned by whoever holds them. Paths are below the root,
/// bytes as on disk.
///
/// A *farm* is a tree that shares files by hard links. A *layer* is a directory that the next one
/// is a copy of, or may be; a *series* is the layers of one thing (a host, a volume, a user) in the
/// order of their age; its *head* is the one that the next copy builds on.

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/names.h"
#include "model/limits.h"

namespace hardlink {

enum class Layout : std::uint8_t { docker_overlay, snapshots, store, none };

/// As in the configuration, in labels and in JSON.
template <>
inline constexpr std::array<Name<Layout>, 4> kNames<Layout> = {
    {{Layout::docker_overlay, "docker-overlay"},
     {Layout::snapshots, "snapshots"},
     {Layout::store, "store"},
     {Layout::none, "none"}}};

/// Who makes the links. The order is that of docs/farms.md.
enum class Tool : std::uint8_t {
  none,
  docker,
  rsnapshot,
  backintime,
  timeshift,
  dirvish,
  storebackup,
  rsync,
  backuppc,
  ostree,
  flatpak,
  nix,
  pnpm,
  containers_storage,
  glusterfs,
  git,
  unknown,  ///< a store that none of the others has made
};

/// As in the configuration, in labels and in JSON.
template <>
inline constexpr std::array<Name<Tool>, 17> kNames<Tool> = {
    {{Tool::none, "none"},
     {Tool::docker, "docker"},
     {Tool::rsnapshot, "rsnapshot"},
     {Tool::backintime, "backintime"},
     {Tool::timeshift, "timeshift"},
     {Tool::dirvish, "dirvish"},
     {Tool::storebackup, "storebackup"},
     {Tool::rsync, "rsync"},
     {Tool::backuppc, "backuppc"},
     {Tool::ostree, "ostree"},
     {Tool::flatpak, "flatpak"},
     {Tool::nix, "nix"},
     {Tool::pnpm, "pnpm"},
     {Tool::containers_storage, "containers-storage"},
     {Tool::glusterfs, "glusterfs"},
     {Tool::git, "git"},
     {Tool::unknown, "unknown"}}};

/// What the tool does where an inode takes no more links.
enum class AtLimit : std::uint8_t {
  unknown,
  fails,
  copies,             ///< begins a new inode, without a word
  fails_then_copies,  ///< fails while some links are left but too few, copies where none is
  stays_apart,        ///< leaves the file as it is: nothing fails and nothing is saved
};

/// The layers of one thing.
struct Series {
  std::string name;  ///< the directory that holds them, `.` for the root; perhaps with what their
                     ///< names share
  Tool tool = Tool::none;
  std::vector<std::string> oldest_first;  ///< layers, as far as their order is known
  /// What the next one may build on: the newest complete layer, or the newest of either order where
  /// two contradict each other. Empty if none is complete.
  std::vector<std::string> heads;
  std::string holder{};  ///< the directory in which the next one appears, `.` for the root

  bool operator==(const Series&) const = default;
};

/// A layer that certainly is not the newest of its series, and how it goes.
struct RemovableLayer {
  std::string layer;
  /// The command and its arguments; empty where the tool has none for a single layer.
  std::vector<std::string> command;
  /// What removes it then: the tool's own setting, for people.
  std::string expiry;

  bool operator==(const RemovableLayer&) const = default;
};

/// Two orders of a series of which neither is certain. Layers, oldest first.
struct OrderConflict {
  std::string by;  ///< what gives the first order: names, modification times
  std::vector<std::string> first;
  std::string other_by;
  std::vector<std::string> second;

  bool operator==(const OrderConflict&) const = default;
};

/// A name of an inode with several links, from a sample of the tree.
struct SampledInode {
  std::string path;  ///< below the root
  std::uint64_t inode = 0;

  bool operator==(const SampledInode&) const = default;
};

struct Farm {
  Layout layout = Layout::none;
  Tool tool = Tool::none;
  /// What was concluded and from what, for people: one sentence without a full stop.
  std::string reason;
  AtLimit at_limit = AtLimit::unknown;
  /// Ascending. Empty with docker-overlay, whose layers the census finds.
  std::vector<std::string> layers;
  /// Those of `layers` that the next copies build on: each series' heads, and what is in no series.
  /// Ascending. With docker-overlay every layer is one.
  std::vector<std::string> heads;
  /// Ascending by name. Empty with docker-overlay.
  std::vector<Series> series;
  /// The directories in which the next layers appear, ascending, `.` for the root: of each series,
  /// and Docker's own.
  std::vector<std::string> layer_holders{};
  MakersOwn makers_own{};  ///< what the tool keeps beside each layer
  /// Whether a copy links symlinks, FIFOs and devices too, and not regular files alone.
  bool links_special_files = false;
  /// Links of one inode that the tool allows, whatever the filesystem does.
  std::optional<std::uint64_t> link_limit;
  /// Directories that use a store, ascending; the store is not among them.
  std::vector<std::string> users;
  std::string advice;  ///< of a store: the tool's own clean-up command; may be empty

  /// What may go, oldest first. Empty where anything of it is not certain; `doubt` says why then.
  std::vector<RemovableLayer> removable;
  std::optional<OrderConflict> conflict;
  std::string doubt;  ///< one sentence that ends with the flag that decides, if one does
  /// Layers that stay although they are old: those that hold snapshots themselves, and those that
  /// none beside them is a copy of.
  std::vector<std::string> holders;
  std::vector<std::string> no_copies;
  /// When each layer was made, as far as names or times tell; by layer, ascending.
  std::vector<std::pair<std::string, std::chrono::system_clock::time_point>> made;

  /// Where nothing was recognised: files in the children of the root by which a census can tell
  /// whether one of these is a store that the others use.
  std::vector<SampledInode> samples;

  bool operator==(const Farm&) const = default;
};

}  // namespace hardlink
