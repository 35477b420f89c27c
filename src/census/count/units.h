#pragma once

#include <optional>
#include <string>
#include <vector>

#include "farms/layout.h"
#include "model/farm.h"

namespace hardlink {

/// A piece of a root that one thread counts in one go: a layer, a user of a store, or a subtree
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

}  // namespace hardlink
