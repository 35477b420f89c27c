#pragma once

/// What the values of a web config file may be. As in config/validate.h, a complaint says what was
/// expected; none of these repeats a secret. Pure functions; any thread.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/validate.h"

namespace hardlink {

/// A hash that some password can have: `$2a$`, `$2b$` or `$2y$`, of a cost that a request can wait
/// for.
[[nodiscard]] Complaint checkBcryptHash(std::string_view hash);
/// Not empty, without a colon, which ends it in a request, and without control characters.
[[nodiscard]] Complaint checkUserName(std::string_view name);
/// The value of a header that the toolkit knows.
[[nodiscard]] Complaint checkHeader(std::string_view name, std::string_view value);
/// A file name without NUL, not empty.
[[nodiscard]] Complaint checkFileName(std::string_view name);

/// OpenSSL's name of the curve that Go calls `text`.
[[nodiscard]] std::optional<std::string> parseCurve(std::string_view text);
[[nodiscard]] bool isCipherSuite(std::string_view text);

/// In the order in which they are listed in messages.
[[nodiscard]] const std::vector<std::string_view>& headerNames();

/// 2^16 rounds take about five seconds.
inline constexpr int kMaxBcryptCost = 16;

}  // namespace hardlink
