#pragma once

/// A report as a monitoring system wants it: fine, or how bad. Pure functions: no system calls, no
/// clock. Any thread.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "report/report.h"

namespace hardlink {

/// Each alerts when the figure is *fewer than* it; an unset one never does.
struct Thresholds {
  std::optional<std::uint64_t> warning_layers{};  ///< of extractions remaining
  std::optional<std::uint64_t> critical_layers{};
  std::optional<std::uint64_t> warning_links{};  ///< of headroom
  std::optional<std::uint64_t> critical_links{};

  [[nodiscard]] bool judgesLayers() const { return warning_layers || critical_layers; }
  [[nodiscard]] bool judgesLinks() const { return warning_links || critical_links; }
  bool operator==(const Thresholds&) const = default;
};

/// Ascending in gravity: what is known to be bad outweighs what is not known.
enum class VerdictState : std::uint8_t { ok, unknown, warning, critical };

struct RootVerdict {
  std::string root;
  VerdictState state = VerdictState::unknown;
  /// Figures that can be relied on; unset where there are none, or where they are out of date.
  std::optional<std::uint64_t> extractions_remaining;
  std::optional<std::int64_t> headroom_links;
  std::optional<std::uint64_t> link_limit;
  std::string remark;  ///< what could not be judged, and why; empty where nothing is to be said

  bool operator==(const RootVerdict&) const = default;
};

struct Verdict {
  VerdictState state = VerdictState::unknown;  ///< the gravest of the roots'
  std::vector<RootVerdict> roots;              ///< gravest first, of equals the tightest
  std::string remark;                          ///< why there are no roots
  Thresholds thresholds;

  bool operator==(const Verdict&) const = default;
};

/// When figures were looked at, and how old they may be, or how far in the future where clocks
/// differ.
struct Freshness {
  SystemTime now;
  std::chrono::seconds max_age;
};

/// A root whose figures are missing or out of date, and one where what the thresholds ask for is
/// not known, is unknown and never fine. An incomplete census can only have missed links: a figure
/// of it that is below a threshold counts, one that is not is unknown.
[[nodiscard]] Verdict verdictOn(const Report& report, const Thresholds& thresholds,
                                const Freshness& freshness);

/// The verdict where there is no report at all.
[[nodiscard]] Verdict unknownVerdict(std::string remark);

}  // namespace hardlink
