#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "base/fd.h"
#include "census/engine.h"
#include "census/tree_walker.h"

namespace hardlink {

/// A piece of a root that one thread counts in one go: a layer, or a subtree that lies in no layer.
/// A root's units and its shallow directories (those above or beside the layers) are all of it.
struct Unit {
  std::string path;  ///< below the root
  bool is_layer = false;
  std::string layer_name;
  bool is_unfinished = false;  ///< a layer that is being made or was left over by a failure
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

/// Walks the shallow directories of the root open as `root` (which it duplicates), passing what is
/// in them to `visitor`, and returns the units below them, ascending by path, layers first.
/// `visitor.onDirectory()` is asked for every directory, also for those that begin a unit.
[[nodiscard]] std::vector<Unit> findUnits(int root, const LayerPlan& plan, TreeWalker& walker,
                                          TreeVisitor& visitor, const std::stop_token& stop);

/// Marks those of `units`, below the root open as `root`, that are unfinished layers. None but with
/// Docker's layout.
void markUnfinishedLayers(int root, const LayerPlan& plan, std::vector<Unit>& units);

/// What the layers of `request` are, after a look at the first children of the root if need be.
[[nodiscard]] LayerPlan probeLayers(int root, const LayerOptions& options);

/// A new open file description of the directory `directory`, from its beginning.
[[nodiscard]] Fd reopenDirectory(int directory, int& error);

}  // namespace hardlink
