#pragma once

/// The currency between census/ (which counts) and report/ (which judges): what was found in one
/// root, and nothing derived from the filesystem's limit. Plain values, owned by whoever holds
/// them.
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

namespace hardlink {

/// How many values fell at or below each of a fixed, ascending list of bounds.
class BucketCounts {
 public:
  BucketCounts() = default;
  explicit BucketCounts(const std::vector<std::uint64_t>& bounds)
      : bounds_(bounds), counts_(bounds.size() + 1) {}

  void add(std::uint64_t value, std::uint64_t times = 1);
  /// Adds what `other`, made with the same bounds, has counted.
  void merge(const BucketCounts& other);

  [[nodiscard]] const std::vector<std::uint64_t>& bounds() const { return bounds_; }
  /// One figure per bound plus a last one for `+Inf`; each includes those before it.
  [[nodiscard]] std::vector<std::uint64_t> cumulative() const;
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] std::uint64_t sum() const { return sum_; }

  bool operator==(const BucketCounts&) const = default;

 private:
  std::vector<std::uint64_t> bounds_;
  std::vector<std::uint64_t> counts_;  // not cumulative; the last one is above every bound
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
};

/// An inode that a copy links, as one layer sees it: a regular file's, or any where the maker links
/// all (Farm::links_special_files).
struct LinkPressure {
  std::uint64_t inode = 0;
  std::uint64_t links = 0;  ///< n(i)
  std::uint64_t names = 0;  ///< c_P(i), at least 1

  bool operator==(const LinkPressure&) const = default;
};

/// The inodes of a layer that can bind it for *some* limit: those for which no other inode of the
/// layer has both at least as many links and at least as many names (the Pareto frontier of
/// (n, c)). floor((L - n) / c) falls in both, so the minimum over the layer is the minimum over
/// the frontier, whatever L is; and the frontier is a handful of entries where a layer has
/// thousands.
class PressureFrontier {
 public:
  /// Offers one inode. Of equals the one with the lowest inode number stays, so that the order in
  /// which a tree is read does not matter.
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
  std::uint64_t max_names_per_inode = 0;  ///< highest c_P(i) of those that a copy links
  std::uint64_t directories = 0;          ///< its own top included
  /// What those take in a copy, at most (model/limits.h); 0 where not known.
  std::uint64_t directory_bytes = 0;
  /// Names of what a copy makes anew and does not link, directories aside: each gets an inode.
  std::uint64_t remade_names = 0;
  std::uint64_t long_symlinks = 0;  ///< of those, names of what takes a block too
  BucketCounts inode_links;         ///< the layer's inodes by n(i)
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
  /// Names of it below the root, bytes as on disk. The first represents it and stays the same from
  /// census to census while it exists; the others, from different layers where there are any, are
  /// for the watch. May be empty if every name vanished before it could be recorded.
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
  std::vector<LayerNames> layers;      ///< ascending by layer; those without names of it are absent
  std::uint64_t names_unfinished = 0;  ///< in RootCounts::unfinished_layers
  /// Names of it below the root, as many as were wanted, bytes as on disk: those outside of layers,
  /// then those of the first layers. Only of inodes that were asked for.
  std::vector<std::string> paths{};

  bool operator==(const TrackedInode&) const = default;
};

/// Of a child of the root: the most names that an inode has in it that has others elsewhere.
struct ChildLinks {
  std::string child;
  std::uint64_t links = 0;

  bool operator==(const ChildLinks&) const = default;
};

/// In which children of the root an inode has names; there are no layers then.
struct LocatedInode {
  std::uint64_t inode = 0;
  std::vector<std::string> children;  ///< ascending

  bool operator==(const LocatedInode&) const = default;
};

/// How many directories there are in a directory.
struct Subdirectories {
  std::string path;  ///< below the root, which is `.`; bytes as on disk
  std::uint64_t count = 0;
  /// How many there can be in this one; unset where there is no limit or it is not known.
  std::optional<std::uint64_t> limit;

  bool operator==(const Subdirectories&) const = default;
};

/// The names that an inode has in one directory, where the filesystem limits these (btrfs without
/// extended_iref): in the bytes of its back reference.
struct DirectoryNames {
  std::string directory;  ///< below the root, which is `.`
  std::uint64_t inode = 0;
  std::uint64_t names = 0;
  std::uint64_t bytes = 0;
  std::uint64_t shortest_name = 0;  ///< bytes that one more name like the shortest there takes

  bool operator==(const DirectoryNames&) const = default;
};

/// Inodes at the limit, whose next use fails or becomes a copy.
struct SaturatedInodes {
  std::uint64_t inodes = 0;
  std::uint64_t empty = 0;  ///< of those, files without a byte, whose copies cost nothing
  std::uint64_t bytes = 0;  ///< allocated, each inode once

  bool operator==(const SaturatedInodes&) const = default;
};

/// Why a name or directory could not be counted. The order is that of kCensusErrorReasons.
enum class CensusErrorReason : std::uint8_t { permission, vanished, io, loop, name, other };

inline constexpr std::array<std::string_view, 6> kCensusErrorReasons = {
    "permission", "vanished", "io", "loop", "name", "other"};

struct CensusErrors {
  std::array<std::uint64_t, kCensusErrorReasons.size()> by_reason{};
  /// A path below the root and what it answered, for the first error that is not `vanished`.
  std::string example;
  /// Directories that could not be read or not to their end (vanished ones do not count).
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
  std::string layout;  ///< docker-overlay, snapshots or none: what the layers turned out to be
  std::string engine;  ///< walk or ext4
  std::uint64_t inodes = 0;  ///< distinct, of any type but directories
  std::uint64_t multilink_inodes = 0;
  std::uint64_t names = 0;
  std::uint64_t directories = 0;  ///< below the root, which is not counted itself
  std::uint64_t max_links = 0;
  /// The directories with the most directories in them by their own limit, the fullest first: by
  /// the share of the limit that is used, those without a limit or without directories last; then
  /// by their number, then by unit (directories above the units, then units in their order), then
  /// by inode number.
  std::vector<Subdirectories> fullest_directories{};
  /// Those in which the next layers appear, as Farm has them; ascending by path.
  std::vector<Subdirectories> holders{};
  std::optional<DirectoryNames> fullest_names{};  ///< by bytes; where the filesystem limits these
  std::optional<SaturatedInodes> saturated{};     ///< where the link limit is known
  BucketCounts inode_links;
  std::vector<LayerCounts> layers;  ///< ascending by name
  /// Of every inode that heads hold: n(i), and the names in all heads together, which is what one
  /// more copy of each of them takes.
  PressureFrontier round_pressure;
  /// Of a store: the most names that one inode has in one of its users, of those inodes that have
  /// names elsewhere too.
  std::optional<std::uint64_t> links_per_user;
  std::vector<LocatedInode> located;    ///< of Farm::samples; ascending by inode
  std::vector<ChildLinks> child_links;  ///< where there are Farm::samples; ascending by child
  std::vector<HotInode> hot_inodes;     ///< descending by links, then ascending by inode
  /// A name of the inode that binds the root by links, below the root; empty if there is none.
  std::string binding_path{};
  /// Those that were asked for and exist, and the one that binds the root (the binding inode of its
  /// tightest head), where the limit is known. Ascending by inode.
  std::vector<TrackedInode> tracked;
  /// Inodes that allow no more than the margin that was asked about to some head; ascending. Empty
  /// if none was asked about.
  std::vector<std::uint64_t> tight_inodes;
  /// Layers of docker-overlay that are being made or were left over by a failure (`tmproot…`), as
  /// paths below the root, ascending. They are not among `layers`.
  std::vector<std::string> unfinished_layers;
  CensusErrors errors;
  /// The census was stopped before its end (CensusRequest::partial_on_stop): everything above is of
  /// what had been read by then, `layers` are those that were done, and nothing is in `tracked`.
  bool stopped = false;

  bool operator==(const RootCounts&) const = default;
};

/// Where the layer called `name` is in `counts.layers`; unset where there is none.
[[nodiscard]] std::optional<std::size_t> layerIndex(const RootCounts& counts,
                                                    std::string_view name);

}  // namespace hardlink
