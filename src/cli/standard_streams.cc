#include "cli/standard_streams.h"

#include <cstdio>

#include "base/error.h"

namespace hardlink {

void complain(const char* command, const std::string& what) {
  (void)std::fprintf(stderr, "hardlink_exporter: %s: %s\n", command, what.c_str());
}

bool writeOut(const char* command, const std::string& text) {
  const bool written =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (!written) {
    complain(command, errnoError("write standard output").message());
  }
  return written;
}

}  // namespace hardlink
