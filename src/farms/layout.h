#pragma once

/// What the names of directories tell: those that globs match, and those of Docker's overlay
/// driver. Pure functions; the tree is read elsewhere.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hardlink {

/// A relative path pattern, matched one component at a time with fnmatch(3); a leading dot needs no
/// dot in the pattern. Default-constructed it matches nothing.
class PathGlob {
 public:
  PathGlob() = default;
  /// `pattern` without leading or trailing slashes; config/validate.h says what is allowed.
  explicit PathGlob(std::string_view pattern);

  [[nodiscard]] std::size_t depth() const { return components_.size(); }
  /// Whether the whole of `path`, a relative path, matches.
  [[nodiscard]] bool matches(std::string_view path) const;
  /// Whether something below `path` can match: `path` matches the first components, but not all.
  [[nodiscard]] bool leadsOn(std::string_view path) const;

 private:
  /// How many components of `path` match, from the first on, if all do.
  [[nodiscard]] std::optional<std::size_t> matched(std::string_view path) const;

  std::vector<std::string> components_;
};

/// Several globs, of which any may match. Default-constructed they match nothing.
class PathGlobs {
 public:
  PathGlobs() = default;
  /// `patterns` as for PathGlob, but with braces (config/braces.h).
  explicit PathGlobs(const std::vector<std::string>& patterns);

  [[nodiscard]] bool empty() const { return globs_.empty(); }
  [[nodiscard]] bool match(std::string_view path) const;
  /// Whether something below `path` can match.
  [[nodiscard]] bool leadOn(std::string_view path) const;

 private:
  std::vector<PathGlob> globs_;
};

/// A child directory of a root, judged by the names in it.
enum class ChildKind : std::uint8_t { empty, docker_layer, docker_other, other };

/// What a directory with these entries (without `.` and `..`) would be to Docker's overlay driver:
/// a layer has `root/` and perhaps a `tmproot…`, a container has `upper/`, `work/`, `merged/` and
/// `lower-id`, one being made has only `tmproot…`. A snapshot of a whole system also has a `root/`,
/// but beside `bin/`, `etc/` and so on.
[[nodiscard]] ChildKind classifyChild(const std::vector<std::string>& entries);

/// Whether a root with such children is the overlay driver's storage: it has a layer, and most of
/// what is not empty is the driver's.
[[nodiscard]] bool looksLikeDockerOverlay(const std::vector<ChildKind>& children);

/// Whether the driver makes a layer in the directory `relative_path` of its storage: it extracts
/// into `ID/tmproot…` and renames that to `ID/root` when it is done. A failure may leave it behind.
[[nodiscard]] bool isUnfinishedLayer(std::string_view relative_path);

/// The directory below the root in which layers appear and vanish: the leading components that hold
/// no wildcard, if they are the same in all configured `globs`, or the root itself (empty).
[[nodiscard]] std::string layerHolder(const std::vector<std::string>& globs);

}  // namespace hardlink
