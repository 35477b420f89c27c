#pragma once

/// Rules for a value, from a file or from a flag. The Error of a check says what is wrong and what
/// was expected. Pure functions; any thread.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "config/types.h"

namespace hardlink {

/// Absolute, without `.` or `..` components, without NUL.
[[nodiscard]] Result<void> checkRootPath(std::string_view path);
/// Not empty, without control characters, valid UTF-8: it is a label's value.
[[nodiscard]] Result<void> checkRootName(std::string_view name);
/// As Prometheus allows it, without the names that Prometheus or hardlink_root_info use.
[[nodiscard]] Result<void> checkLabelName(std::string_view name);
/// Not empty, since Prometheus drops an empty label; printable UTF-8 of kMaxLabelBytes at most.
[[nodiscard]] Result<void> checkLabelValue(std::string_view value);
/// A relative pattern for fnmatch(3), one component at a time; `**`, `.`, `..` and empty
/// components are refused.
[[nodiscard]] Result<void> checkGlob(std::string_view glob);
/// Applies checkGlob() to every pattern that `glob`, with its braces (config/braces.h), stands for.
[[nodiscard]] Result<void> checkLayersGlob(std::string_view glob);
/// `:PORT`, `HOST:PORT` or `[v6]:PORT` with PORT 0..65535.
[[nodiscard]] Result<void> checkListenAddress(std::string_view address);
/// Starts with `/`, is none of the daemon's other routes (model/routes.h), and has only characters
/// that a URL never escapes: letters, digits and `-._~/`.
[[nodiscard]] Result<void> checkTelemetryPath(std::string_view path);
/// Absolute, without NUL.
[[nodiscard]] Result<void> checkWebConfigFile(std::string_view path);
/// `root.tool` makes trees of `root.layout`, and makes layers if `root.layers` names some. Named
/// layers override a layout, so these two never contradict each other.
[[nodiscard]] Result<void> checkTool(const RootConfig& root);
/// At least 1; ext4's largest is 65000, but any 64-bit limit is allowed.
[[nodiscard]] Result<void> checkLinkLimit(std::uint64_t limit);
/// 1 to kMaxThreads.
[[nodiscard]] Result<void> checkThreads(std::uint64_t threads);
/// 1 to kMaxMaxRequests.
[[nodiscard]] Result<void> checkMaxRequests(std::uint64_t requests);

inline constexpr std::uint64_t kMaxThreads = 256;
inline constexpr std::uint64_t kMaxMaxRequests = 1000;
/// The most series of one kind that a root may have, and the most buckets.
inline constexpr std::uint64_t kMaxSeries = 1000;
inline constexpr std::size_t kMaxBuckets = 100;
/// The most labels that a root may have beside ours, and the longest name or value of one.
inline constexpr std::size_t kMaxLabels = 8;
inline constexpr std::size_t kMaxLabelBytes = 128;

/// `root` without trailing or repeated slashes in its path. A root without a name is named after
/// its path.
[[nodiscard]] RootConfig normalised(RootConfig root);

/// Unset for `auto`. The Error lists all names, and suggests one for a mistyped name.
[[nodiscard]] Result<std::optional<Tool>> parseTool(std::string_view text);
/// The names that parseTool() takes.
[[nodiscard]] std::vector<std::string_view> toolChoices();

}  // namespace hardlink
