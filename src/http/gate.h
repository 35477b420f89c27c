#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "http/access/authenticator.h"
#include "http/router.h"

namespace hardlink {

/// Checks each request before the router sees it, and refuses it if the access rules forbid it. The
/// rules can change at any time; requests under way finish under the old rules. Every function may
/// be called from any thread.
class Gate {
 public:
  explicit Gate(Access access);

  /// Replaces the rules in force. TLS cannot be switched on or off: the error says so, and nothing
  /// has changed then.
  [[nodiscard]] Result<void> setAccess(Access access);

  /// The answer to a request that is refused; nothing if it may go on. `authorization` is its
  /// header of that name, empty if there is none; `client` is the client's numeric address. Blocks
  /// while a password is checked.
  [[nodiscard]] std::optional<Response> refusal(std::string_view authorization,
                                                const std::string& client);

  /// Adds the security headers, which every answer has.
  void addHeaders(Response& response) const;

  /// Null for plain HTTP.
  [[nodiscard]] std::shared_ptr<const TlsContext> tls() const;

 private:
  [[nodiscard]] bool takeRequest();
  void enforce(Access access);

  Authenticator authenticator_;
  mutable std::mutex mutex_;  // guards what follows
  Access access_;
  std::optional<TokenBucket> requests_;
};

}  // namespace hardlink
