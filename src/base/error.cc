#include "base/error.h"

#include <system_error>

#include "base/utf8.h"

namespace hardlink {

std::string Error::message() const {
  std::string where = sanitizeUtf8(context);
  if (code == 0) {
    return where;
  }
  return where + ": " + std::generic_category().message(code);
}

Error errnoError(std::string context) { return Error{errno, std::move(context)}; }

}  // namespace hardlink
