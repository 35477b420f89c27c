#pragma once

/// The judged figures of every root, as an immutable value: the scanner publishes it, the rest of
/// the program reads it. Unknown figures are unset, never zero or invented.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/counts.h"
#include "model/histogram.h"
#include "model/limits.h"

namespace hardlink {

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
  /// A link limit from a flag or key that is above the known limit of the filesystem.
  std::optional<std::uint64_t> refused_link_limit{};

  bool operator==(const FilesystemReport&) const = default;
};

/// The warning about FilesystemReport::refused_link_limit, if that is set.
[[nodiscard]] std::optional<std::string> refusedLimit(const FilesystemReport& filesystem);

struct LayerReport {
  std::string name;
  /// Further layers that can be made on top of this one, by all limits; unset without a limit.
  std::optional<std::uint64_t> extractions_remaining;
  /// c_P of the inode that reaches the link limit first; unset if there is none (no limit, or no
  /// regular file).
  std::optional<std::uint64_t> links_per_extraction;
  std::optional<std::uint64_t> binding_inode;  ///< that inode, if links end first
  std::uint64_t max_links = 0;
  std::uint64_t inodes = 0;
  std::uint64_t names = 0;
  /// Tags of the images that hold this layer, and starts of the ids of untagged ones; ascending.
  std::vector<std::string> images;
  Histogram inode_links;
  /// Whether no file of Docker's names it as a layer to keep; unset if there are no such files.
  std::optional<bool> orphan{};
  bool head = true;  ///< whether the next copy may build on it (model/farm.h)
  /// What its removal alone frees (model/counts.h); unset if not known.
  std::optional<std::uint64_t> exclusive_bytes{};

  bool operator==(const LayerReport&) const = default;
};

/// What the removal of a layer alone frees.
struct LayerBytes {
  std::string layer;
  std::uint64_t exclusive_bytes = 0;

  bool operator==(const LayerBytes&) const = default;
};

struct HotInodeReport {
  std::uint64_t inode = 0;
  std::uint64_t links = 0;
  std::optional<std::int64_t> headroom_links;  ///< negative if an inode is over the limit
  std::uint64_t names_in_root = 0;
  std::uint64_t links_outside_root = 0;
  std::uint64_t layers = 0;
  std::string path;  ///< below the root, bytes as on disk; empty if none could be found
  std::uint64_t size_bytes = 0;

  bool operator==(const HotInodeReport&) const = default;
};

/// An image under one of its tags; an image with two tags has two of these.
struct ImageReport {
  std::string image;  ///< a tag, or the start of the id if there is none
  std::string id;
  /// Further layers that can be made on top of the image; unset without a limit, and if its top
  /// layer is missing or holds no regular file.
  std::optional<std::uint64_t> extractions_remaining;
  std::uint64_t layers = 0;
  std::uint64_t own_layers = 0;   ///< held by no other image, nor by another image's container
  std::uint64_t links_freed = 0;  ///< of the root's binding inode, if all its tags are removed

  bool operator==(const ImageReport&) const = default;
};

/// One limit, at the place where it ends first. `used`, `of`, `remaining` and `per_extraction` are
/// in the limit's own unit: links, inodes, bytes, subdirectories, bytes.
struct LimitReport {
  Limit limit{};
  /// Further layers that fit under this limit; unset in a root without layers, and for names in a
  /// directory, because a copy adds none.
  std::optional<std::uint64_t> extractions_remaining{};
  std::uint64_t used = 0;
  std::uint64_t of = 0;
  std::int64_t remaining = 0;                     ///< negative if an inode is over the limit
  std::optional<std::uint64_t> per_extraction{};  ///< unset if extractions_remaining is
  std::string layer{};  ///< the head that ends first; empty in a root without layers
  std::string path{};   ///< file or directory, below the root, `.` for it; empty for inodes, space
  /// For names in a directory: bytes of one more name as long as the shortest there.
  std::optional<std::uint64_t> per_name{};

  bool operator==(const LimitReport&) const = default;
};

/// One series of layers (model/farm.h).
struct SeriesReport {
  std::string series;  ///< the directory that holds them, `.` for the root
  std::uint64_t snapshots = 0;
  std::string head;  ///< the tightest of its heads; empty if no layer is complete
  /// Further copies of its head; unset without a limit.
  std::optional<std::uint64_t> extractions_remaining;

  bool operator==(const SeriesReport&) const = default;
};

/// The figures of one finished census, and all that follows from them.
struct CensusReport {
  std::string layout;
  std::string tool;                  ///< the maker of the links (kNames<Tool>)
  std::string layout_reason;         ///< what was recognised and by which evidence, for people
  std::vector<SeriesReport> series;  ///< ascending by name; empty with docker-overlay
  /// How many times every series can still make one more; unset without a limit, without series
  /// and with docker-overlay.
  std::optional<std::uint64_t> rounds_remaining;
  /// For a store: the most links of one inode that one more user takes, if it is like the present
  /// ones.
  std::optional<std::uint64_t> links_per_user;
  std::string advice;  ///< of a store: the tool's own clean-up command; may be empty
  std::string engine;
  std::string engine_reason;  ///< why this engine, for people; may be empty
  FilesystemReport filesystem;
  bool complete = false;  ///< every directory was read to its end
  std::uint64_t max_links = 0;
  std::optional<std::int64_t> headroom_links;
  /// The least over all limits that are known; unset without the link limit, and without layers.
  std::optional<std::uint64_t> extractions_remaining;
  std::optional<Limit> first_limit{};  ///< the limit that gives this minimum
  std::vector<LimitReport> limits{};   ///< the known limits, in the order of Limit
  std::uint64_t layers = 0;
  std::uint64_t inodes = 0;
  std::uint64_t multilink_inodes = 0;
  std::uint64_t names = 0;
  std::uint64_t directories = 0;
  std::uint64_t directories_read = 0;  ///< this and the next: as in RootCounts
  std::uint64_t directories_unchanged = 0;
  /// The directory that is fullest by its own limit of subdirectories; unset if there is none.
  std::optional<Subdirectories> fullest_directory{};
  std::vector<Subdirectories> hot_directories{};  ///< that one and the next ones, fullest first
  std::optional<SaturatedInodes> saturated{};     ///< if the link limit is known
  /// As in RootCounts. The difference is what the links save. Unset if not known.
  std::optional<std::uint64_t> allocated_bytes{};
  std::optional<std::uint64_t> referenced_bytes{};
  /// The layers that hold most alone, most first; at equal bytes ascending by name.
  std::vector<LayerBytes> largest_layers{};
  std::uint64_t links_outside_root = 0;  ///< summed over the hot inodes
  CensusErrors errors;
  std::vector<HotInodeReport> hot_inodes;      ///< hottest first
  std::vector<LayerReport> tightest_layers;    ///< least extractions remaining first
  std::vector<ImageReport> images;             ///< tightest first
  std::optional<std::uint64_t> orphan_layers;  ///< unset if LayerReport::orphan is
  /// Layers that are being made or were left over by a failure, as paths below the root. They do
  /// not count as layers.
  std::vector<std::string> unfinished_layers;
  std::vector<std::string> image_problems;  ///< Docker's files that could not be used; printable
  Histogram inode_links;
  Histogram layer_links;  ///< layers by the highest c_P(i)

  bool operator==(const CensusReport&) const = default;
};

using SystemTime = std::chrono::system_clock::time_point;

/// How the censuses of one root went.
struct CensusStatus {
  /// Whether the last census succeeded; unset before the first one ended.
  std::optional<bool> up;
  std::string error;  ///< why the last census failed; empty while up
  /// Whether the census was stopped before its end. Then `up` is false, and RootReport::census has
  /// what was counted until then. Never set in a daemon.
  bool interrupted = false;
  bool in_progress = false;
  std::optional<SystemTime> started;       ///< of the last census that ended
  std::optional<double> duration_seconds;  ///< of the last census that ended, failed or not
  std::optional<SystemTime> last_success;  ///< end of the census in RootReport::census
  std::optional<SystemTime> watch_last_success;
  /// How long after `last_success` the figures are stale, if no census succeeds before.
  std::chrono::milliseconds stale_after = std::chrono::minutes(30);
  std::uint64_t successes = 0;  ///< since the daemon started, like the counters below
  std::uint64_t failures = 0;
  std::uint64_t timeouts = 0;
  std::uint64_t refresh_mismatches = 0;  ///< censuses with RootCounts::contradictions
  std::array<std::uint64_t, kCensusErrorReasons.size()> errors_total{};

  bool operator==(const CensusStatus&) const = default;
};

struct RootReport {
  std::string name;
  std::string path;
  CensusStatus status;
  /// The last census that succeeded (with headroom refreshed by the watch); unset before the first.
  std::optional<CensusReport> census;
  /// Names and values of the labels that the configuration gives the root.
  std::vector<std::pair<std::string, std::string>> labels{};

  bool operator==(const RootReport&) const = default;
};

struct Report {
  std::vector<RootReport> roots;  ///< in the order of the configuration

  bool operator==(const Report&) const = default;
};

}  // namespace hardlink
