#pragma once

/// When a figure alerts, as monitoring systems write it. Pure functions; any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace hardlink {

/// A range of the Monitoring Plugins' development guidelines. A figure outside of it alerts, or
/// inside of it if `inside` is set. Both ends belong to the range.
struct AlertRange {
  std::optional<std::int64_t> low{};   ///< unset: there is no lowest
  std::optional<std::int64_t> high{};  ///< unset: there is no highest
  bool inside = false;

  [[nodiscard]] bool alerts(std::int64_t figure) const;
  /// As the guidelines write it: `5:`, `~:5`, `5:9`, `@5:9`.
  [[nodiscard]] std::string text() const;
  bool operator==(const AlertRange&) const = default;
};

/// Alerts below `least`, a figure that fits in 63 bits.
[[nodiscard]] AlertRange fewerThan(std::uint64_t least);

/// A plain whole number N means fewerThan(N), as in check_disk. With `:` or `@` the text is a range
/// of the guidelines. Whole numbers only; the Error says what was expected.
[[nodiscard]] Result<AlertRange> parseAlertRange(std::string_view text);

}  // namespace hardlink
