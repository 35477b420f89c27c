#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hardlink {

struct BasicCredentials {
  std::string user;
  std::string password;
};

/// The name and password of an Authorization header of the scheme Basic (RFC 7617); nothing for any
/// other, and for one that is malformed.
[[nodiscard]] std::optional<BasicCredentials> parseBasicCredentials(std::string_view header);

}  // namespace hardlink
