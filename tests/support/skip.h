#pragma once

#include <optional>
#include <string>
#include <utility>

namespace hardlink {

/// For a test binary all of whose tests need something that may be missing. At namespace scope:
///
///     const SkipBinary needs_loop_mounts(whyNoLoopMounts());
///
/// If there is a reason, main() prints it and ends with the exit code that ctest shows as
/// "skipped".
class SkipBinary {
 public:
  static constexpr int kExitCode = 77;

  explicit SkipBinary(std::optional<std::string> why) {
    if (why) {
      reason() = std::move(why);
    }
  }
  static std::optional<std::string>& reason() {
    static std::optional<std::string> instance;
    return instance;
  }
};

}  // namespace hardlink
