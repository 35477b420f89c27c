#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "http/access/basic_credentials.h"

namespace hardlink {

/// The address of a server, with a login if it needs one.
struct Url {
  std::string host;  ///< a name or an address, without brackets
  std::uint16_t port = 80;
  std::string prefix;  ///< of every path: empty, or starting but not ending with `/`
  bool tls = false;
  std::optional<BasicCredentials> login{};

  /// `HOST:PORT`, with brackets around an IPv6 address.
  [[nodiscard]] std::string authority() const;
  /// Scheme and authority without the login, so that messages may show it.
  [[nodiscard]] std::string origin() const;
  bool operator==(const Url&) const = default;
};

/// Parses `http[s]://[USER:PASSWORD@]HOST[:PORT][/PREFIX]`. User and password may contain `%NN` for
/// characters that a URL cannot hold. The error says what was expected, and never shows a password.
[[nodiscard]] Result<Url> parseUrl(std::string_view text);

}  // namespace hardlink
