#pragma once

/// The access rules of model/web_access.h with their certificates loaded, ready to be enforced.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "http/tls/tls_context.h"
#include "model/web_access.h"

namespace hardlink {

/// The default: plain HTTP, open to every client.
struct Access {
  std::shared_ptr<const TlsContext> tls;  ///< null: plain HTTP
  std::vector<std::pair<std::string, std::string>> headers;
  std::map<std::string, std::string> users;
  std::optional<RequestRate> request_rate;
};

/// Finds all problems of `settings` at once; they name no file. Any thread.
[[nodiscard]] Result<Access, Problems> makeAccess(WebAccess settings);

}  // namespace hardlink
