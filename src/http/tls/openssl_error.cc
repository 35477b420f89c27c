#include "http/tls/openssl_error.h"

#include <openssl/err.h>

namespace hardlink {

std::string opensslReason(const char* otherwise) {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* const reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? otherwise : reason;
}

}  // namespace hardlink
