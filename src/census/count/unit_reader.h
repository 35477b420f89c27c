#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <vector>

#include "census/count/engine.h"
#include "census/count/fullest_directories.h"
#include "census/count/hot_names.h"
#include "census/count/inode_table.h"
#include "census/count/inode_tracker.h"
#include "census/count/layer_sets.h"
#include "census/count/single_links.h"
#include "farms/layout.h"
#include "filesystem/filesystem.h"
#include "model/counts.h"
#include "model/farm.h"

namespace hardlink {

class PartPool;
struct UnitPart;

/// A piece of a root that is counted in one go: a layer, a user of a store, or a subtree
/// that lies in none of them. A root's units and its shallow directories (those above the layers
/// and users) are all of it.
struct Unit {
  std::string path;  ///< below the root
  bool is_layer = false;
  std::string layer_name{};
  bool is_head = false;        ///< a layer that the next copy may build on
  bool is_user = false;        ///< uses a store; no layer
  bool is_unfinished = false;  ///< a layer that is being made or was left over by a failure
};

/// Which directories of a root are units of their own: the layers and users of its farm. With
/// Docker's overlay driver layers come and go all the time, and a pattern finds them instead.
class UnitRule {
 public:
  /// `farm` must outlive the rule; `globs` are the configured ones.
  UnitRule(const Farm& farm, const std::vector<std::string>& globs);

  /// The unit that begins at `path`, or nothing if that leads on to a layer or user: then it is a
  /// shallow directory. Of layers within layers the outermost is one, and so of users; a layer
  /// within a user is a layer.
  [[nodiscard]] std::optional<Unit> unitAt(std::string path) const;

 private:
  [[nodiscard]] std::optional<Unit> dockerUnitAt(std::string path) const;

  const Farm& farm_;
  PathGlobs docker_;  // Docker's layers
};

/// Directories of a root that no census enters.
class Exclusions {
 public:
  explicit Exclusions(const std::vector<std::string>& globs);
  [[nodiscard]] bool none() const { return globs_.empty(); }
  /// Whether a directory `depth` components below the root can match at all.
  [[nodiscard]] bool concern(std::size_t depth) const { return depth <= deepest_; }
  [[nodiscard]] bool match(std::string_view path) const;

 private:
  std::vector<PathGlob> globs_;
  std::size_t deepest_ = 0;
};

/// What the readers of one census share. Whoever holds it keeps everything in it alive.
struct CensusContext {
  const CensusRequest& request;
  const FilesystemInfo& filesystem;
  const Exclusions& exclusions;
  int root;  ///< the root directory, open
  InodeTable& inodes;
  InodeTracker& tracker;
  LayerSets& layer_sets;
  HotNames& hot_names;
  PartPool& parts;
  CensusProgress& progress;
};

/// What a reader has added up over all its units.
struct UnitTotals {
  UnitTotals() = default;
  explicit UnitTotals(const CensusRequest& request)
      : singles(request.hot_inodes), fullest(request.hot_directories) {}

  std::uint64_t names = 0;
  std::uint64_t directories = 0;
  std::uint64_t directories_read = 0;  ///< the units' own too
  /// Those of units that have not changed since an earlier census read them.
  std::uint64_t directories_unchanged = 0;
  /// Units that should not have changed, and yet differ from what was kept of them.
  std::vector<std::string> contradictions;
  SingleLinks singles;  ///< the inodes that were counted and not kept
  FullestDirectories fullest;
  /// Only where the filesystem limits these.
  std::optional<DirectoryNames> fullest_names;
  CensusErrors errors;
  /// The errno value that said first that this process lacks descriptors or memory, else 0: what
  /// was counted then says nothing about the tree.
  int shortage = 0;

  /// Takes `candidate` for fullest_names, if it is fuller.
  void offer(DirectoryNames candidate);
  /// Counts a failure with the errno value `error` on what is called `path` below the root.
  void addError(int error, const std::string& path, bool directory);
  void merge(const UnitTotals& other);
};

/// The names of an inode within a unit, as paths below the root.
struct UnitNames {
  std::size_t wanted_paths = 0;
  std::string first;  ///< in byte order
  std::string last;
  std::uint64_t count = 0;
  std::set<std::string> paths;  ///< the first `wanted_paths` in byte order

  void offer(std::string path);
};
using NamesByInode = std::unordered_map<std::uint64_t, UnitNames>;

/// How an engine reads units. One per thread of a census.
class UnitReader {
 public:
  virtual ~UnitReader() = default;

  /// Counts a unit as number `number`; returns the layer's counts, or nothing for a unit that is no
  /// layer or has vanished. Threads that wait for work get parts of it. Ends early when `stop` is
  /// requested; the result is then of no use.
  [[nodiscard]] virtual std::optional<LayerCounts> countUnit(const Unit& unit, std::uint32_t number,
                                                             const std::stop_token& stop) = 0;
  /// Counts a part of a unit that a reader of the same engine gave away in countUnit() or here, and
  /// adds the counts to those of the unit (census/count/shared_reading.h).
  virtual void countPart(UnitPart part, const std::stop_token& stop) = 0;
  /// Finds the names that `wanted`, files or directories, have in a unit, for those of them that
  /// have any, and lists as many as the request wants. Adds nothing to the totals.
  [[nodiscard]] virtual NamesByInode collectNames(const Unit& unit,
                                                  const std::vector<std::uint64_t>& wanted,
                                                  const std::stop_token& stop) = 0;
  /// How many names `inode` has in a unit that this census has counted. Adds nothing to the totals.
  [[nodiscard]] virtual std::uint64_t countNames(const Unit& unit, std::uint64_t inode,
                                                 const std::stop_token& stop);

  /// The path below the root of a directory that was named by its number alone; nothing if it
  /// cannot be found.
  [[nodiscard]] virtual std::optional<std::string> directoryPath(std::uint64_t /*inode*/) {
    return std::nullopt;
  }

  [[nodiscard]] virtual const UnitTotals& totals() const = 0;
};

}  // namespace hardlink
