#include "commands/standard_streams.h"

#include "base/error.h"
#include "base/utf8.h"

namespace hardlink {

void complain(const std::string& what) {
  (void)put("hardlink_exporter: " + printable(what) + "\n", stderr);
}

void complain(const char* command, const std::string& what) {
  complain(std::string(command) + ": " + what);
}

bool put(const std::string& text, std::FILE* stream, TextKind kind) {
  const std::string shown = takesUtf8(fileno(stream)) ? text : inAscii(text, kind);
  return std::fwrite(shown.data(), 1, shown.size(), stream) == shown.size() &&
         std::fflush(stream) == 0;
}

bool writeOut(const char* command, const std::string& text, TextKind kind) {
  const bool written = put(text, stdout, kind);
  if (!written) {
    complain(command, errnoError("write standard output").message());
  }
  return written;
}

}  // namespace hardlink
