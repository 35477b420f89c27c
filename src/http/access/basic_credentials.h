#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hardlink {

struct BasicCredentials {
  std::string user;
  std::string password;

  bool operator==(const BasicCredentials&) const = default;
};

/// The name and password of an Authorization header of the scheme Basic (RFC 7617); nothing if the
/// header is malformed or of another scheme.
[[nodiscard]] std::optional<BasicCredentials> parseBasicCredentials(std::string_view header);

/// The Authorization header for `credentials`.
[[nodiscard]] std::string basicAuthorization(const BasicCredentials& credentials);

}  // namespace hardlink
