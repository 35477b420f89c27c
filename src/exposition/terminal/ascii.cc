#include "exposition/terminal/ascii.h"

#include "base/utf8.h"
#include "exposition/json/report_json.h"
#include "exposition/shell.h"

namespace hardlink {
namespace {

std::string scriptInAscii(std::string_view script) {
  std::string out;
  while (!script.empty()) {
    const std::size_t end = std::min(script.find('\n'), script.size() - 1) + 1;
    const std::string_view line = script.substr(0, end);
    out += line.starts_with('#') ? asciiOnly(line) : commandInAscii(line);
    script.remove_prefix(end);
  }
  return out;
}

}  // namespace

std::string inAscii(const std::string& text, TextKind kind) {
  switch (kind) {
    case TextKind::json:
      return Json::parse(text).dump(2, ' ', true) + "\n";
    case TextKind::metrics:
      return asciiOnly(text, "\\\\x");
    case TextKind::script:
      return scriptInAscii(text);
    case TextKind::plain:
      break;
  }
  return asciiOnly(text);
}

}  // namespace hardlink
