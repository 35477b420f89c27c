#include "cli/complain.h"

#include <cstdio>

namespace hardlink {

void complain(const char* command, const std::string& what) {
  (void)std::fprintf(stderr, "hardlink_exporter: %s: %s\n", command, what.c_str());
}

}  // namespace hardlink
