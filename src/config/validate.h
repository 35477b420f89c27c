#pragma once

/// Rules that a value must keep wherever it comes from, a file or a flag. Each function returns
/// what is wrong and what was expected, or nothing.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/types.h"

namespace hardlink {

using Complaint = std::optional<std::string>;

/// Absolute, without `.` or `..` components, without NUL.
[[nodiscard]] Complaint checkRootPath(std::string_view path);
/// A relative pattern for fnmatch(3), one component at a time; `**` and `..` are refused.
[[nodiscard]] Complaint checkGlob(std::string_view glob);
/// `:PORT`, `HOST:PORT` or `[v6]:PORT` with PORT 0..65535.
[[nodiscard]] Complaint checkListenAddress(std::string_view address);
/// Starts with `/`, is not one of the daemon's other routes, has no `?`, `#` or white space.
[[nodiscard]] Complaint checkTelemetryPath(std::string_view path);
/// At least 1; ext4's largest is 65000, but any 64-bit limit is allowed.
[[nodiscard]] Complaint checkLinkLimit(std::uint64_t limit);
[[nodiscard]] Complaint checkThreads(std::uint64_t threads);

/// `root` without trailing slashes in its path and named after it where it has no name.
[[nodiscard]] RootConfig normalised(RootConfig root);

/// The spellings that flags and keys accept; nothing for any other.
[[nodiscard]] std::optional<LayoutChoice> parseLayout(std::string_view text);
[[nodiscard]] std::optional<EngineChoice> parseEngine(std::string_view text);
[[nodiscard]] std::optional<log::Level> parseLogLevel(std::string_view text);
[[nodiscard]] std::optional<log::Format> parseLogFormat(std::string_view text);

}  // namespace hardlink
