#pragma once

/// The kind of tree that a root is. farms/ recognises it before a census; census/, report/ and the
/// commands use it. Plain values. Paths are below the root, bytes as on disk.
///
/// A *farm* is a tree that shares files by hard links. A *layer* is a directory of which the next
/// layer is, or may be, a copy. A *series* is the layers of one thing (a host, a volume, a user) in
/// the order of their age. Its *head* is the layer on which the next copy builds.

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

/// The tool that makes the links, in the order of docs/farms.md.
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
  unknown,  ///< a store that another tool has made
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

/// What the tool does if an inode can have no more links.
enum class AtLimit : std::uint8_t {
  unknown,
  fails,
  copies,             ///< starts a new inode, without a message
  fails_then_copies,  ///< fails if links are left but too few, copies if none is left
  stays_apart,        ///< leaves the file unlinked: nothing fails, no space is saved
};

/// The layers of one thing.
struct Series {
  /// The directory that holds them, `.` for the root; perhaps with the common part of their names.
  std::string name;
  Tool tool = Tool::none;
  std::vector<std::string> oldest_first;  ///< the layers whose order is known
  /// The layers on which the next one may build: the newest complete layer, or, if two orders
  /// contradict each other, the newest of each. Empty if no layer is complete.
  std::vector<std::string> heads;
  std::string holder{};  ///< the directory in which the next layer appears, `.` for the root

  bool operator==(const Series&) const = default;
};

/// A layer that is certainly not the newest of its series, and how to remove it.
struct RemovableLayer {
  std::string layer;
  /// The command and its arguments; empty if the tool has none for a single layer.
  std::vector<std::string> command;
  /// If there is no command: the tool's setting that removes the layer, for people.
  std::string expiry;

  bool operator==(const RemovableLayer&) const = default;
};

/// Two orders of a series, none of which is certain. Layers, oldest first.
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
  /// What was recognised, and by which evidence, for people: one sentence without a full stop.
  std::string reason;
  AtLimit at_limit = AtLimit::unknown;
  /// Ascending. Empty with docker-overlay, whose layers the census finds.
  std::vector<std::string> layers;
  /// The layers on which the next copies build: the heads of each series, and layers in no series.
  /// Ascending. With docker-overlay every layer is a head.
  std::vector<std::string> heads;
  /// Ascending by name. Empty with docker-overlay.
  std::vector<Series> series;
  /// The directories in which the next layers appear, ascending, `.` for the root: of each series,
  /// and Docker's own.
  std::vector<std::string> layer_holders{};
  MakersOwn makers_own{};  ///< what the tool stores beside each layer
  /// Whether a copy links symlinks, FIFOs and devices too, and not only regular files.
  bool links_special_files = false;
  /// The tool's own limit for the links of one inode.
  std::optional<std::uint64_t> link_limit;
  /// Directories that use a store, ascending; the store is not among them.
  std::vector<std::string> users;
  std::string advice;  ///< of a store: the tool's own clean-up command; may be empty

  /// The layers that may be removed, oldest first. Empty if any of this is not certain; then
  /// `doubt` says why.
  std::vector<RemovableLayer> removable;
  std::optional<OrderConflict> conflict;
  std::string doubt;  ///< one sentence; it ends with the flag that decides, if there is one
  /// Old layers that stay: layers that hold snapshots themselves, and layers of which no other
  /// layer is a copy.
  std::vector<std::string> holders;
  std::vector<std::string> no_copies;
  /// When each layer was made, if names or times show it; ascending by layer.
  std::vector<std::pair<std::string, std::chrono::system_clock::time_point>> made;

  /// If nothing was recognised: files in the children of the root. They show a census whether one
  /// of the children is a store that the others use.
  std::vector<SampledInode> samples;

  bool operator==(const Farm&) const = default;
};

}  // namespace hardlink
