#pragma once

/// Rules that a value must keep wherever it comes from, a file or a flag. Each function returns
/// what is wrong and what was expected, or nothing. Pure functions; any thread.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "config/types.h"

namespace hardlink {

using Complaint = std::optional<std::string>;

/// Absolute, without `.` or `..` components, without NUL.
[[nodiscard]] Complaint checkRootPath(std::string_view path);
/// Not empty, without control characters, valid UTF-8: it is a label's value.
[[nodiscard]] Complaint checkRootName(std::string_view name);
/// A relative pattern for fnmatch(3), one component at a time; `**`, `.`, `..` and empty
/// components are refused.
[[nodiscard]] Complaint checkGlob(std::string_view glob);
/// As checkGlob(), of every pattern that the braces (config/braces.h) in `glob` stand for.
[[nodiscard]] Complaint checkLayersGlob(std::string_view glob);
/// `:PORT`, `HOST:PORT` or `[v6]:PORT` with PORT 0..65535.
[[nodiscard]] Complaint checkListenAddress(std::string_view address);
/// Starts with `/`, is not one of the daemon's other routes (model/routes.h), and has only
/// characters that mean themselves in an address: letters, digits and `-._~/`.
[[nodiscard]] Complaint checkTelemetryPath(std::string_view path);
/// Absolute, without NUL.
[[nodiscard]] Complaint checkWebConfigFile(std::string_view path);
/// That `tool` makes trees of the layout and has layers where `root.layers` names some. Named
/// layers override a layout, so that those two never contradict each other.
[[nodiscard]] Complaint checkTool(const RootConfig& root);
/// At least 1; ext4's largest is 65000, but any 64-bit limit is allowed.
[[nodiscard]] Complaint checkLinkLimit(std::uint64_t limit);
/// 1 to kMaxThreads.
[[nodiscard]] Complaint checkThreads(std::uint64_t threads);
/// 1 to kMaxMaxRequests.
[[nodiscard]] Complaint checkMaxRequests(std::uint64_t requests);

inline constexpr std::uint64_t kMaxThreads = 256;
inline constexpr std::uint64_t kMaxMaxRequests = 1000;
/// The most series of one kind that a root may have, and the most buckets.
inline constexpr std::uint64_t kMaxSeries = 1000;
inline constexpr std::size_t kMaxBuckets = 100;

/// `root` without trailing or repeated slashes in its path, and named after it where it has no
/// name.
[[nodiscard]] RootConfig normalised(RootConfig root);

/// Unset for `auto`. Fails with the names there are and the one that may have been meant.
[[nodiscard]] Result<std::optional<Tool>> parseTool(std::string_view text);
/// The names that parseTool() takes.
[[nodiscard]] std::vector<std::string_view> toolChoices();

}  // namespace hardlink
