#include "fuzz/require.h"

#include <cstdlib>
#include <iostream>

#include "base/utf8.h"

namespace hardlink {

void require(bool holds, std::string_view what) {
  if (!holds) {
    std::cerr << "it does not hold that " << what << std::endl;
    std::abort();
  }
}

bool isOneLine(std::string_view text) { return printable(text) == text; }

}  // namespace hardlink
