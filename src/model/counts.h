#pragma once

/// What a census found in one root. census/ fills it in, report/ judges it. It has nothing that is
/// derived from the filesystem's limit. Plain values.
///
/// Terms (docs/design.md): a *name* is a directory entry that is not a directory; n(i) is the link
/// count of inode i (`st_nlink`); c_P(i) is the number of names of i inside layer P.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/histogram.h"

namespace hardlink {

/// The counts of one inode in one layer. A copy of the layer links the inode: it is a regular file,
/// or the tool links all types but directories (Farm::links_special_files).
struct LinkPressure {
  std::uint64_t inode = 0;
  std::uint64_t links = 0;  ///< n(i)
  std::uint64_t names = 0;  ///< c_P(i), at least 1

  bool operator==(const LinkPressure&) const = default;
};

/// The inodes of a layer that can bind it under *some* limit: no other inode of the layer has both
/// at least as many links and at least as many names (the Pareto frontier of (n, c)). floor((L - n)
/// / c) falls in n and in c, so for every L the minimum over the frontier is the minimum over the
/// layer. A layer of thousands of inodes has a handful of entries.
class PressureFrontier {
 public:
  /// Offers one inode. Of inodes with equal counts the one with the lowest number stays, so that
  /// the order in which a tree is read does not matter.
  void offer(const LinkPressure& candidate);
  /// Ascending in `links`, descending in `names`.
  [[nodiscard]] const std::vector<LinkPressure>& entries() const { return entries_; }

  bool operator==(const PressureFrontier&) const = default;

 private:
  std::vector<LinkPressure> entries_;
};

/// One layer.
struct LayerCounts {
  std::string name;  ///< bytes as on disk
  bool head = true;  ///< whether the next copy may build on it (model/farm.h)
  std::uint64_t names = 0;
  std::uint64_t inodes = 0;               ///< distinct, of any type but directories
  std::uint64_t max_links = 0;            ///< highest n(i) of any of them
  std::uint64_t max_names_per_inode = 0;  ///< highest c_P(i) of the inodes that a copy links
  std::uint64_t directories = 0;          ///< its own top included
  /// The most bytes that the directories take in a copy (model/limits.h); 0 if not known.
  std::uint64_t directory_bytes = 0;
  /// Names that a copy makes anew instead of linking them, without directories: each takes an
  /// inode.
  std::uint64_t remade_names = 0;
  std::uint64_t long_symlinks = 0;  ///< the part of remade_names that takes a block too
  /// Allocated bytes of the inodes all of whose links are names in the layer: they are free once
  /// the layer alone is removed.
  std::uint64_t exclusive_bytes = 0;
  BucketCounts inode_links;  ///< the layer's inodes by n(i)
  PressureFrontier pressure;

  bool operator==(const LayerCounts&) const = default;
};

/// One of the inodes with the most links in the root.
struct HotInode {
  std::uint64_t inode = 0;
  std::uint64_t links = 0;
  std::uint64_t names_in_root = 0;
  std::uint64_t layers = 0;  ///< layers with at least one name of it
  std::uint64_t size_bytes = 0;
  bool regular_file = false;
  /// Its names below the root, bytes as on disk. The first one represents it, and stays the same
  /// from census to census while it exists. The others are for the watch, and come from different
  /// layers if there are any. Empty if every name vanished before it could be recorded.
  std::vector<std::string> paths;

  bool operator==(const HotInode&) const = default;
};

/// An inode's link count, read again after the census.
struct InodeLinks {
  std::uint64_t inode = 0;
  std::uint64_t links = 0;
};

/// How many names an inode has in one layer.
struct LayerNames {
  std::uint32_t layer = 0;  ///< index into RootCounts::layers
  std::uint64_t names = 0;  ///< c_P(i), at least 1

  bool operator==(const LayerNames&) const = default;
};

/// An inode whose names were counted layer by layer.
struct TrackedInode {
  std::uint64_t inode = 0;
  std::uint64_t links = 0;  ///< n(i)
  bool linked = false;      ///< a copy links it: a regular file, or Farm::links_special_files
  std::uint64_t names_in_root = 0;     ///< in layers or not
  std::vector<LayerNames> layers;      ///< ascending by layer; only layers with names of it
  std::uint64_t names_unfinished = 0;  ///< in RootCounts::unfinished_layers
  /// Its names below the root, bytes as on disk: first the names outside of layers, then the names
  /// in the first layers. At most the requested number, and only for requested inodes.
  std::vector<std::string> paths{};

  bool operator==(const TrackedInode&) const = default;
};

/// What is freed once some layers are gone, and not before the last of them is: the bytes of the
/// inodes that have names in each of these layers and nowhere else, in the root or outside.
struct BytesOfLayers {
  std::vector<std::uint32_t> layers;  ///< indices into RootCounts::layers, ascending
  std::uint64_t bytes = 0;            ///< allocated, each inode once; more than 0

  bool operator==(const BytesOfLayers&) const = default;
};

/// The most names that an inode has in one child of the root, if it also has names elsewhere.
struct ChildLinks {
  std::string child;
  std::uint64_t links = 0;

  bool operator==(const ChildLinks&) const = default;
};

/// The children in which an inode has names, in a root without layers.
struct LocatedInode {
  std::uint64_t inode = 0;
  std::vector<std::string> children;  ///< ascending

  bool operator==(const LocatedInode&) const = default;
};

/// The number of directories in a directory.
struct Subdirectories {
  std::string path;  ///< below the root, which is `.`; bytes as on disk
  std::uint64_t count = 0;
  /// The most that it can hold; unset if there is no limit or the limit is not known.
  std::optional<std::uint64_t> limit;

  bool operator==(const Subdirectories&) const = default;
};

/// The names that an inode has in one directory, and their bytes in its back reference. For a
/// filesystem that limits these bytes (btrfs without extended_iref).
struct DirectoryNames {
  std::string directory;  ///< below the root, which is `.`
  std::uint64_t inode = 0;
  std::uint64_t names = 0;
  std::uint64_t bytes = 0;
  std::uint64_t shortest_name = 0;  ///< bytes of one more name as long as the shortest

  bool operator==(const DirectoryNames&) const = default;
};

/// Inodes at the limit, whose next use fails or becomes a copy.
struct SaturatedInodes {
  std::uint64_t inodes = 0;
  std::uint64_t empty = 0;  ///< of those, empty files, whose copies take no space
  std::uint64_t bytes = 0;  ///< allocated, each inode once

  bool operator==(const SaturatedInodes&) const = default;
};

/// Why a name or directory could not be counted. The order is that of kCensusErrorReasons.
enum class CensusErrorReason : std::uint8_t { permission, vanished, io, loop, name, other };

inline constexpr std::array<std::string_view, 6> kCensusErrorReasons = {
    "permission", "vanished", "io", "loop", "name", "other"};

struct CensusErrors {
  std::array<std::uint64_t, kCensusErrorReasons.size()> by_reason{};
  /// A path below the root with its error: the first error that is not `vanished`.
  std::string example;
  /// Directories that could not be read to their end; directories that vanished do not count.
  std::uint64_t unread_directories = 0;

  [[nodiscard]] std::uint64_t& operator[](CensusErrorReason reason) {
    return by_reason[static_cast<std::size_t>(reason)];
  }
  [[nodiscard]] std::uint64_t operator[](CensusErrorReason reason) const {
    return by_reason[static_cast<std::size_t>(reason)];
  }
  bool operator==(const CensusErrors&) const = default;
};

/// What one census found in one root.
struct RootCounts {
  std::string layout;        ///< the layout that was recognised: kNames<Layout>
  std::string engine;        ///< walk or ext4
  std::uint64_t inodes = 0;  ///< distinct, of any type but directories
  std::uint64_t multilink_inodes = 0;
  std::uint64_t names = 0;
  std::uint64_t directories = 0;  ///< below the root, which is not counted itself
  std::uint64_t max_links = 0;
  /// Directories whose entries were read, the root too; and those of which an earlier census is
  /// still true.
  std::uint64_t directories_read = 0;
  std::uint64_t directories_unchanged = 0;
  /// Layers and other units that differ from what an earlier census had read of them, though none
  /// of their directories shows a change: an error of the program or the filesystem. Paths below
  /// the root, ascending.
  std::vector<std::string> contradictions{};
  /// What the inodes take, without directories (`st_blocks`; content that is kept in the inode
  /// takes nothing): each inode once, and once for each of its names.
  std::uint64_t allocated_bytes = 0;
  std::uint64_t referenced_bytes = 0;
  /// The directories with the most subdirectories, in this order: by the used share of their own
  /// limit, highest first, and without a limit or subdirectories last; then by the number of
  /// subdirectories; then by unit (directories above the units, then units in their order); then by
  /// inode number.
  std::vector<Subdirectories> fullest_directories{};
  /// The directories in which the next layers appear (Farm::layer_holders); ascending by path.
  std::vector<Subdirectories> holders{};
  std::optional<DirectoryNames> fullest_names{};  ///< by bytes; if the filesystem limits these
  std::optional<SaturatedInodes> saturated{};     ///< if the link limit is known
  BucketCounts inode_links;
  std::vector<LayerCounts> layers;  ///< ascending by name
  /// For every inode in the heads: n(i), and its names in all heads together. One more copy of
  /// every head takes that many links.
  PressureFrontier round_pressure;
  /// For a store: the most names that one inode has in one of its users. Only inodes that have
  /// names elsewhere too count.
  std::optional<std::uint64_t> links_per_user;
  std::vector<LocatedInode> located;    ///< of Farm::samples; ascending by inode
  std::vector<ChildLinks> child_links;  ///< if there are Farm::samples; ascending by child
  std::vector<HotInode> hot_inodes;     ///< descending by links, then ascending by inode
  /// A name of the inode that binds the root by links, below the root; empty if there is none.
  std::string binding_path{};
  /// The requested inodes that exist, and, if the limit is known, the inode that binds the root
  /// (the binding inode of its tightest head). Ascending by inode.
  std::vector<TrackedInode> tracked;
  /// With CensusRequest::count_freed_bytes; ascending by `layers`, each set once.
  std::vector<BytesOfLayers> bytes_of_layers{};
  /// Inodes that leave some head no more than the requested margin; ascending. Empty if none was
  /// requested.
  std::vector<std::uint64_t> tight_inodes;
  /// Layers of docker-overlay that are being made or were left over by a failure (`tmproot…`), as
  /// paths below the root, ascending. They are not among `layers`.
  std::vector<std::string> unfinished_layers;
  CensusErrors errors;
  /// The census was stopped before its end (CensusRequest::partial_on_stop): the figures are about
  /// the part that was read until then, `layers` has the finished layers, and `tracked` is empty.
  bool stopped = false;

  bool operator==(const RootCounts&) const = default;
};

/// The index of the layer called `name` in `counts.layers`; unset if there is none.
[[nodiscard]] std::optional<std::size_t> layerIndex(const RootCounts& counts,
                                                    std::string_view name);

}  // namespace hardlink
