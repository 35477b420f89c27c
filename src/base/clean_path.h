#pragma once

#include <string>
#include <string_view>

namespace hardlink {

/// `path` as seen from the directory it begins in, which nothing leads out of: without slashes at
/// its ends, empty components and `.`; `..` takes away the component before it, if there is one.
[[nodiscard]] std::string cleanPath(std::string_view path);

/// The shortest way to write `path`, as Go's filepath.Clean: a slash at its start and each `..`
/// that has no component before it stay; `.` if nothing is left.
[[nodiscard]] std::string shortestPath(std::string_view path);

/// The last component of a path below a root, and what is before it: empty for the root itself.
[[nodiscard]] std::string_view leafOf(std::string_view path);
[[nodiscard]] std::string_view parentOf(std::string_view path);

/// `name` in `directory`, a path below a root: empty for the root itself.
[[nodiscard]] std::string pathIn(std::string_view directory, std::string_view name);

}  // namespace hardlink
