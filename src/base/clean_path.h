#pragma once

#include <string>
#include <string_view>

namespace hardlink {

/// `path` relative to the directory where it begins, and never outside of that. Slashes at its
/// ends, empty components and `.` are removed. `..` removes the component before it, if there is
/// one.
[[nodiscard]] std::string cleanPath(std::string_view path);

/// The shortest form of `path`, as by Go's filepath.Clean: a slash at its start and each `..`
/// without a component before it stay. `.` if nothing is left.
[[nodiscard]] std::string shortestPath(std::string_view path);

/// The last component of a path below a root, and the part before it. An empty path is the root.
[[nodiscard]] std::string_view leafOf(std::string_view path);
[[nodiscard]] std::string_view parentOf(std::string_view path);

/// The path of `name` in `directory`, which is a path below a root. An empty path is the root.
[[nodiscard]] std::string pathIn(std::string_view directory, std::string_view name);

}  // namespace hardlink
