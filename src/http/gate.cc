#include "http/gate.h"

#include <strings.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace hardlink {
namespace {

Response retryLater(int status, std::string_view text) {
  Response response = errorResponse(status, text);
  response.headers.emplace_back("Retry-After", status == 429 ? "6" : "1");
  return response;
}

}  // namespace

Gate::Gate(Access access) { enforce(std::move(access)); }

/// With mutex_ held, once there are other threads.
void Gate::enforce(Access access) {
  authenticator_.setUsers(access.users);
  if (access.request_rate != access_.request_rate) {
    requests_.reset();
    if (access.request_rate) {
      requests_.emplace(*access.request_rate, std::chrono::steady_clock::now());
    }
  }
  access_ = std::move(access);
}

Result<void> Gate::setAccess(Access access) {
  const std::lock_guard lock(mutex_);
  if ((access.tls == nullptr) != (access_.tls == nullptr)) {
    return Error{0, access.tls == nullptr ? "TLS cannot be switched off before a restart"
                                          : "TLS cannot be switched on before a restart"};
  }
  enforce(std::move(access));
  return {};
}

bool Gate::takeRequest() {
  const std::lock_guard lock(mutex_);
  return !requests_ || requests_->take(std::chrono::steady_clock::now());
}

std::optional<Response> Gate::refusal(std::string_view authorization, const std::string& client) {
  if (!takeRequest()) {
    return retryLater(429, "Too many requests: see rate_limit in the web configuration.");
  }
  switch (authenticator_.admit(authorization, client)) {
    case Admission::granted:
      break;
    case Admission::refused: {
      Response response = errorResponse(401, "Unauthorized");
      response.headers.emplace_back("WWW-Authenticate",
                                    "Basic realm=\"hardlink_exporter\", charset=\"UTF-8\"");
      return response;
    }
    case Admission::limited:
      return retryLater(429, "Too many wrong passwords.");
    case Admission::busy:
      return retryLater(503, "Too many passwords to check at once.");
  }
  return std::nullopt;
}

void Gate::addHeaders(Response& response) const {
  // Always, since a configured header may have no other value.
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  const std::lock_guard lock(mutex_);
  for (const auto& [name, value] : access_.headers) {
    std::erase_if(response.headers, [&wanted = name](const auto& header) {
      return strcasecmp(header.first.c_str(), wanted.c_str()) == 0;
    });
    response.headers.emplace_back(name, value);
  }
}

std::shared_ptr<const TlsContext> Gate::tls() const {
  const std::lock_guard lock(mutex_);
  return access_.tls;
}

}  // namespace hardlink
