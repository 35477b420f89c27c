#pragma once

/// Rules for the values of a web config file. The Error of a check says what was expected, and
/// never repeats a secret. Pure functions; any thread.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace hardlink {

/// A well-formed hash (`$2a$`, `$2b$` or `$2y$`).
[[nodiscard]] Result<void> checkBcryptHash(std::string_view hash);
/// Not empty, without control characters, and without a colon, which ends the name in a request.
[[nodiscard]] Result<void> checkUserName(std::string_view name);
/// The value of a header that the toolkit knows.
[[nodiscard]] Result<void> checkHeader(std::string_view name, std::string_view value);
/// A file name without NUL, not empty.
[[nodiscard]] Result<void> checkFileName(std::string_view name);

/// OpenSSL's name of the curve that Go calls `text`.
[[nodiscard]] std::optional<std::string> parseCurve(std::string_view text);
[[nodiscard]] bool isCipherSuite(std::string_view text);
/// Whether HTTP/2 requires every server to have `suite`, or one other that is the same with another
/// key (RFC 9113, 9.2.2).
[[nodiscard]] bool isHttp2Suite(std::string_view suite);

/// The headers that the toolkit knows, in the order of messages.
[[nodiscard]] const std::vector<std::string_view>& headerNames();

}  // namespace hardlink
