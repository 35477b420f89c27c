#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "http/access/access.h"
#include "http/access/authenticator.h"
#include "http/access/rate_limits.h"
#include "http/router.h"

namespace hardlink {

/// Stands before the router: turns away whom the rules in force do not let in. The rules can change
/// at any time; what is under way goes on under the old ones. Every function may be called from any
/// thread.
class Gate {
 public:
  explicit Gate(Access access);

  /// Puts `access` in the place of the rules in force. TLS cannot be switched on or off: the error
  /// says so, and nothing has changed then.
  std::optional<Error> setAccess(Access access);

  /// The answer to a request that is not let in; nothing for one that is. `authorization` is its
  /// header of that name, empty without one; `client` its numeric address. Blocks while a password
  /// is checked.
  [[nodiscard]] std::optional<Response> refusal(std::string_view authorization,
                                                const std::string& client);

  /// Gives `response` the security headers of every answer.
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
