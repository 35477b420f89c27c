#pragma once

/// Pure functions on names of directories: which match a glob, and which are those of Docker's
/// overlay driver.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hardlink {

/// A pattern for relative paths, matched one component at a time with fnmatch(3). Wildcards match a
/// leading dot too. A default-constructed pattern matches nothing.
class PathGlob {
 public:
  PathGlob() = default;
  /// config/validate.h says which patterns are allowed.
  explicit PathGlob(std::string_view pattern);

  [[nodiscard]] std::size_t depth() const { return components_.size(); }
  /// Whether the whole of `path`, a relative path, matches.
  [[nodiscard]] bool matches(std::string_view path) const;
  /// Whether something below `path` can match: `path` matches the first components, but not all.
  [[nodiscard]] bool mayMatchBelow(std::string_view path) const;

 private:
  /// The number of components of `path` if each matches its component of the pattern.
  [[nodiscard]] std::optional<std::size_t> matched(std::string_view path) const;

  std::vector<std::string> components_;
};

/// Matches what any of several globs matches. Default-constructed, it matches nothing.
class PathGlobs {
 public:
  PathGlobs() = default;
  /// `patterns` as for PathGlob, but with braces (config/braces.h).
  explicit PathGlobs(const std::vector<std::string>& patterns);

  [[nodiscard]] bool empty() const { return globs_.empty(); }
  [[nodiscard]] bool match(std::string_view path) const;
  /// Whether something below `path` can match.
  [[nodiscard]] bool mayMatchBelow(std::string_view path) const;

 private:
  std::vector<PathGlob> globs_;
};

/// What a child directory of a root is, by the names in it.
enum class ChildKind : std::uint8_t { empty, docker_layer, docker_other, other };

/// Classifies a directory by its entries (without `.` and `..`). In the storage of Docker's overlay
/// driver a layer has `root/` and perhaps `tmproot…`, a container has `upper/`, `work/`, `merged/`
/// and `lower-id`, and a layer that is being made has only `tmproot…`. A snapshot of a whole system
/// also has a `root/`, but beside `bin/`, `etc/` and so on.
[[nodiscard]] ChildKind classifyChild(const std::vector<std::string>& entries);

/// Whether a root with such children is the overlay driver's storage: one is a layer, and most of
/// the non-empty ones are the driver's.
[[nodiscard]] bool looksLikeDockerOverlay(const std::vector<ChildKind>& children);

/// Whether the directory `relative_path` of the driver's storage is an unfinished layer. The driver
/// extracts into `ID/tmproot…` and renames it to `ID/root` at the end. A failure may leave it
/// behind.
[[nodiscard]] bool isUnfinishedLayer(std::string_view relative_path);

/// The directory in which the configured layers lie: the leading components without wildcards, if
/// they are the same in all `globs`. Empty, which is the root, if they differ.
[[nodiscard]] std::string layerHolder(const std::vector<std::string>& globs);

}  // namespace hardlink
