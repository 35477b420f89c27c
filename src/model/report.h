#pragma once

/// What is known about every root, judged: an immutable value that is published by the scanner and
/// read by everybody else. Figures that are not known are unset, never zero or invented.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/counts.h"
#include "model/limits.h"

namespace hardlink {

/// A distribution of what is (it can fall): cumulative counts at ascending bounds, then +Inf.
struct Histogram {
  std::vector<std::uint64_t> bounds;
  std::vector<std::uint64_t> cumulative;  ///< one more than bounds; the last is for +Inf
  std::uint64_t sum = 0;

  [[nodiscard]] std::uint64_t count() const { return cumulative.empty() ? 0 : cumulative.back(); }
  bool operator==(const Histogram&) const = default;
};

struct FilesystemReport {
  std::string type;
  std::string device;
  std::string mountpoint;
  std::optional<std::uint64_t> link_limit;
  std::string link_limit_source;  ///< config, kernel, tool, overlay, pathconf, unknown
  std::optional<std::uint64_t> subdirectory_limit;      ///< of the fullest directory
  std::optional<std::uint64_t> back_reference_bytes{};  ///< as in filesystem/filesystem.h
  CopyCosts costs{};
  FreeRoom room{};
  /// A link limit that was given and is above what the filesystem is known to allow.
  std::optional<std::uint64_t> refused_link_limit{};

  bool operator==(const FilesystemReport&) const = default;
};

/// A warning where the link limit that was given does not hold.
[[nodiscard]] std::optional<std::string> refusedLimit(const FilesystemReport& filesystem);

struct LayerReport {
  std::string name;
  /// Further layers that can be made on top of this one, by all limits; unset without a limit.
  std::optional<std::uint64_t> extractions_remaining;
  /// c_P of the inode that ends first by links; unset where there is none (no limit, or no regular
  /// file).
  std::optional<std::uint64_t> links_per_extraction;
  std::optional<std::uint64_t> binding_inode;  ///< that inode, where links end first
  std::uint64_t max_links = 0;
  std::uint64_t inodes = 0;
  std::uint64_t names = 0;
  /// Tags of the images that hold this layer, and starts of the ids of untagged ones; ascending.
  std::vector<std::string> images;
  Histogram inode_links;
  /// Whether none of Docker's files names it as one that is to stay; unset where there are no such
  /// files.
  std::optional<bool> orphan{};
  bool head = true;  ///< whether the next copy may build on it (model/farm.h)

  bool operator==(const LayerReport&) const = default;
};

struct HotInodeReport {
  std::uint64_t inode = 0;
  std::uint64_t links = 0;
  std::optional<std::int64_t> headroom_links;  ///< negative where an inode is over the limit
  std::uint64_t names_in_root = 0;
  std::uint64_t links_outside_root = 0;
  std::uint64_t layers = 0;
  std::string path;  ///< below the root, bytes as on disk; empty if none could be found
  std::uint64_t size_bytes = 0;

  bool operator==(const HotInodeReport&) const = default;
};

/// An image under one of its tags; an image with two tags has two of these.
struct ImageReport {
  std::string image;  ///< a tag, or the start of the id where there is none
  std::string id;
  /// Further layers that can be made on top of the image; unset without a limit, and where its top
  /// layer is missing or holds no regular file.
  std::optional<std::uint64_t> extractions_remaining;
  std::uint64_t layers = 0;
  std::uint64_t own_layers = 0;   ///< held by no other image, nor by another image's container
  std::uint64_t links_freed = 0;  ///< of the root's binding inode, by all its tags' removal

  bool operator==(const ImageReport&) const = default;
};

/// One limit, and how far off it is at the place that ends first. `used`, `of`, `remaining` and
/// `per_extraction` are in the limit's own unit: links, inodes, bytes, subdirectories, bytes.
struct LimitReport {
  Limit limit{};
  /// Further layers that fit as far as this limit is concerned; unset in a root without layers, and
  /// for names in a directory, which a copy does not add to.
  std::optional<std::uint64_t> extractions_remaining{};
  std::uint64_t used = 0;
  std::uint64_t of = 0;
  std::int64_t remaining = 0;                     ///< negative where an inode is over the limit
  std::optional<std::uint64_t> per_extraction{};  ///< unset where extractions_remaining is
  std::string layer{};  ///< the head that ends first; empty in a root without layers
  std::string path{};   ///< file or directory, below the root, `.` for it; empty for inodes, space
  /// For names in a directory: what one more name takes that is like the shortest there.
  std::optional<std::uint64_t> per_name{};

  bool operator==(const LimitReport&) const = default;
};

/// One series of layers (model/farm.h).
struct SeriesReport {
  std::string series;  ///< the directory that holds them, `.` for the root
  std::uint64_t snapshots = 0;
  std::string head;  ///< of several the tightest; empty if no layer of it is complete
  /// Further copies of its head; unset without a limit.
  std::optional<std::uint64_t> extractions_remaining;

  bool operator==(const SeriesReport&) const = default;
};

/// The figures of one finished census, with everything that follows from them.
struct CensusReport {
  std::string layout;
  std::string tool;                  ///< who makes the links (kNames<Tool>)
  std::string layout_reason;         ///< what was concluded and from what, for people
  std::vector<SeriesReport> series;  ///< ascending by name; empty with docker-overlay
  /// How many times every series can still make one more; unset without a limit, without series
  /// and with docker-overlay.
  std::optional<std::uint64_t> rounds_remaining;
  /// Of a store: the links of one inode that one more user like those there takes at most.
  std::optional<std::uint64_t> links_per_user;
  std::string advice;  ///< of a store: the tool's own clean-up command; may be empty
  std::string engine;
  std::string engine_reason;  ///< why this one, for people; may be empty
  FilesystemReport filesystem;
  bool complete = false;  ///< every directory was read to its end
  std::uint64_t max_links = 0;
  std::optional<std::int64_t> headroom_links;
  /// The least over all limits that are known; unset without the link limit, and without layers.
  std::optional<std::uint64_t> extractions_remaining;
  std::optional<Limit> first_limit{};  ///< the one that gives it
  std::vector<LimitReport> limits{};   ///< those that are known, in the order of Limit
  std::uint64_t layers = 0;
  std::uint64_t inodes = 0;
  std::uint64_t multilink_inodes = 0;
  std::uint64_t names = 0;
  std::uint64_t directories = 0;
  /// The directory with the most subdirectories by its own limit; unset where there is none.
  std::optional<Subdirectories> fullest_directory{};
  std::vector<Subdirectories> hot_directories{};  ///< that one and the next ones, fullest first
  std::optional<SaturatedInodes> saturated{};     ///< where the link limit is known
  std::uint64_t links_outside_root = 0;           ///< over the hot inodes
  CensusErrors errors;
  std::vector<HotInodeReport> hot_inodes;      ///< hottest first
  std::vector<LayerReport> tightest_layers;    ///< least extractions remaining first
  std::vector<ImageReport> images;             ///< tightest first
  std::optional<std::uint64_t> orphan_layers;  ///< how many; unset as LayerReport::orphan
  /// Being made or left over by a failure: paths below the root. No layers.
  std::vector<std::string> unfinished_layers;
  std::vector<std::string> image_problems;  ///< what of Docker's files could not be used; printable
  Histogram inode_links;
  Histogram layer_links;  ///< layers by the highest c_P(i)

  bool operator==(const CensusReport&) const = default;
};

using SystemTime = std::chrono::system_clock::time_point;

/// How the censuses of one root have gone, whatever they found.
struct CensusStatus {
  /// Whether the last census succeeded; unset before the first one ended.
  std::optional<bool> up;
  std::string error;  ///< why not; empty while up
  /// Whether the census was stopped before its end: then it is not up, and RootReport::census has
  /// what was counted until then. Never in a daemon.
  bool interrupted = false;
  bool in_progress = false;
  std::optional<SystemTime> started;       ///< of the last census that ended
  std::optional<double> duration_seconds;  ///< of the last census that ended, failed or not
  std::optional<SystemTime> last_success;  ///< end of the census that `census` stems from
  std::optional<SystemTime> watch_last_success;
  std::uint64_t successes = 0;  ///< since the daemon started, like those below
  std::uint64_t failures = 0;
  std::uint64_t timeouts = 0;
  std::array<std::uint64_t, kCensusErrorReasons.size()> errors_total{};

  bool operator==(const CensusStatus&) const = default;
};

struct RootReport {
  std::string name;
  std::string path;
  CensusStatus status;
  /// The last census that succeeded (with headroom refreshed by the watch); unset before the first.
  std::optional<CensusReport> census;

  bool operator==(const RootReport&) const = default;
};

struct Report {
  std::vector<RootReport> roots;  ///< in the order of the configuration

  bool operator==(const Report&) const = default;
};

}  // namespace hardlink
