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

std::string Problem::message() const {
  std::string text = file;
  if (line > 0) {
    text += (text.empty() ? "line " : ":") + std::to_string(line);
  }
  for (const std::string& part : {key, what}) {
    if (!part.empty()) {
      text += (text.empty() ? "" : ": ") + part;
    }
  }
  return printable(text);
}

Error errnoError(std::string context) { return Error{errno, std::move(context)}; }

}  // namespace hardlink
