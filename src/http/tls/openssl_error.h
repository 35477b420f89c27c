#pragma once

#include <string>

namespace hardlink {

/// The reason of the first error in this thread's queue of OpenSSL, which is then empty;
/// `otherwise` where there is none.
[[nodiscard]] std::string opensslReason(const char* otherwise = "unknown");

}  // namespace hardlink
