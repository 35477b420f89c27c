#pragma once

/// The interface of the census engines. They give the same counts on the same quiet tree; nothing
/// above census/ knows which one ran, save for its name. From outside, begin at census/census.h.

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "farms/recognise.h"
#include "filesystem/filesystem.h"
#include "model/counts.h"
#include "model/farm.h"

namespace hardlink {

/// A name that represented a hot inode in an earlier census.
struct KnownPath {
  std::uint64_t inode = 0;
  std::string path;  ///< below the root

  bool operator==(const KnownPath&) const = default;
};

/// Which engine to use; `automatic` takes the fastest that works on the root.
enum class EngineWish : std::uint8_t { automatic, walk, ext4 };

struct CensusRequest {
  std::string path;  ///< the root
  EngineWish engine = EngineWish::automatic;
  FarmOptions options;                      ///< by which a farm is recognised
  Farm farm;                                ///< what is counted: its layers, heads, users
  std::optional<std::uint64_t> link_limit;  ///< instead of the filesystem's own
  bool allow_network = true;                ///< count on filesystems served by other machines too
  unsigned threads = 2;
  bool idle_io = false;                         ///< let everybody else's I/O go first
  std::vector<std::uint64_t> buckets;           ///< ascending; for every histogram
  std::size_t hot_inodes = 10;                  ///< how many inodes to find names for
  std::size_t hot_directories = 3;              ///< how many of the fullest directories to name
  std::vector<KnownPath> known_paths;           ///< kept as representatives while they hold
  std::vector<std::uint64_t> tracked_inodes{};  ///< to be counted layer by layer
  std::size_t tracked_paths = 0;                ///< how many names to list of each of those
  /// Asks for RootCounts::bytes_of_layers: of the layers that `farm` says may go, with Docker's
  /// overlay driver of all.
  bool count_freed_bytes = false;
  /// Asks for RootCounts::tight_inodes: those for which floor((L - n) / c) is at most this.
  std::optional<std::uint64_t> tight_margin{};
  /// More censuses of the root follow: what this one reads is kept, where the engine can, so that
  /// they need not read again what has not changed.
  bool keep_units = false;
  /// Nothing is taken from earlier censuses: all is read, and compared with what was kept.
  bool full = false;
  /// A stop gives what was counted until then (RootCounts::stopped) instead of an error, if
  /// anything was.
  bool partial_on_stop = false;
};

/// How far a census is. Written by its threads, read by anybody.
struct CensusProgress {
  std::atomic<std::uint64_t> names{0};
  std::atomic<std::uint64_t> directories{0};
  std::atomic<std::uint64_t> layers_done{0};
  std::atomic<std::uint64_t> layers_total{0};  ///< 0 until they have been found
};

class CensusEngine {
 public:
  virtual ~CensusEngine() = default;

  /// "walk" or "ext4".
  [[nodiscard]] virtual std::string_view name() const = 0;

  /// Counts everything below `request.path`, which lies on `filesystem`. Single files and
  /// directories that cannot be read are counted in the result's errors; an Error means that there
  /// is no result: the root cannot be opened, was replaced meanwhile, or `stop` was requested
  /// (ECANCELED; but see CensusRequest::partial_on_stop). Blocks for as long as the census takes,
  /// on a hung filesystem for ever. May run in several threads for several roots.
  [[nodiscard]] virtual Result<RootCounts> count(const CensusRequest& request,
                                                 const FilesystemInfo& filesystem,
                                                 CensusProgress& progress,
                                                 const std::stop_token& stop) = 0;
};

/// The engine that reads directories through the kernel. Works on every filesystem.
[[nodiscard]] std::unique_ptr<CensusEngine> makeWalkEngine();

}  // namespace hardlink
