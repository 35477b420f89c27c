#pragma once

namespace hardlink {

/// The whole program: runs the command and returns its exit code. The calling thread must be the
/// only one.
[[nodiscard]] int runApp(int argc, const char* const* argv);

}  // namespace hardlink
