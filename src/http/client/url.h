#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "http/access/basic_credentials.h"

namespace hardlink {

/// Where a server answers, and to whom.
struct Url {
  std::string host;  ///< a name or an address, without brackets
  std::uint16_t port = 80;
  std::string prefix;  ///< of every path: empty, or begins with `/` and does not end with one
  bool tls = false;
  std::optional<BasicCredentials> login{};

  /// As it is written, with brackets around an IPv6 address.
  [[nodiscard]] std::string authority() const;
  /// Scheme and authority, without the login: fit to be shown.
  [[nodiscard]] std::string origin() const;
  bool operator==(const Url&) const = default;
};

/// `http[s]://[USER:PASSWORD@]HOST[:PORT][/PREFIX]`, in name and password `%` and two hexadecimal
/// digits for what a URL cannot hold; the error says what was expected, and nothing of a password.
[[nodiscard]] Result<Url> parseUrl(std::string_view text);

}  // namespace hardlink
