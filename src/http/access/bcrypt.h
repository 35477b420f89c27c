#pragma once

#include <string>

namespace hardlink {

/// Whether `hash`, which checkBcryptHash() has passed, is that of `password`. Takes as long as the
/// hash's cost says, whatever the password is: a tenth of a second for 10. Compares in constant
/// time. Any thread. A password with a NUL byte is nobody's; of a longer one 72 bytes count.
[[nodiscard]] bool matchesBcrypt(const std::string& password, const std::string& hash);

}  // namespace hardlink
