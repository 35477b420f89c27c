#include "http/access/access.h"

namespace hardlink {

Result<Access, Problems> makeAccess(WebAccess settings) {
  Access access{nullptr, std::move(settings.headers), std::move(settings.users),
                settings.request_rate};
  if (settings.tls) {
    ASSIGN_OR_RETURN(access.tls, TlsContext::make(*settings.tls));
  }
  return access;
}

}  // namespace hardlink
