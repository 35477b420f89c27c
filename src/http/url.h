#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace hardlink {

/// Where a server answers.
struct Url {
  std::string host;  ///< a name or an address, without brackets
  std::uint16_t port = 80;
  std::string prefix;  ///< of every path: empty, or begins with `/` and does not end with one

  /// As it is written, with brackets around an IPv6 address.
  [[nodiscard]] std::string authority() const;
  bool operator==(const Url&) const = default;
};

/// `http://HOST[:PORT][/PREFIX]`; the error says what was expected. https is refused: civetweb's
/// client does not compare the name in a server's certificate, and could be lied to.
[[nodiscard]] Result<Url> parseUrl(std::string_view text);

}  // namespace hardlink
