#include "http/access/access.h"

namespace hardlink {

std::variant<Access, std::vector<AccessProblem>> makeAccess(WebAccess settings) {
  Access access{nullptr, std::move(settings.headers), std::move(settings.users),
                settings.request_rate};
  if (settings.tls) {
    auto made = TlsContext::make(*settings.tls);
    if (auto* const problems = std::get_if<std::vector<AccessProblem>>(&made)) {
      return std::move(*problems);
    }
    access.tls = std::get<0>(std::move(made));
  }
  return access;
}

}  // namespace hardlink
