#pragma once

namespace hardlink {

/// Gives OpenSSL random numbers from /dev/urandom where it finds none by itself: a container's
/// filter may refuse getrandom(2), which OpenSSL takes on kernels that are known to have it, and
/// nothing else then. Called before anything else of OpenSSL that is used here. False where there
/// is no /dev/urandom either. Any thread.
[[nodiscard]] bool findRandomNumbers();

}  // namespace hardlink
