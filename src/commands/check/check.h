#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "commands/check/verdict.h"
#include "commands/common_flags.h"
#include "http/client/url.h"

namespace hardlink {

enum class CheckMode : std::uint8_t { nagios, npd };
template <>
inline constexpr std::array<Name<CheckMode>, 2> kNames<CheckMode> = {
    {{CheckMode::nagios, "nagios"}, {CheckMode::npd, "npd"}}};

/// `hardlink_exporter check [PATH…]`.
struct CheckOptions {
  std::vector<std::string> paths;
  CheckMode mode = CheckMode::nagios;
  Thresholds thresholds;
  std::optional<Url> url;           ///< of a daemon to ask instead of counting
  std::optional<std::string> root;  ///< the only root of the daemon that is judged
  std::chrono::milliseconds timeout = std::chrono::seconds(55);
  std::chrono::milliseconds max_age = std::chrono::minutes(15);  ///< of the daemon's figures
  CensusFlags census;
  /// What is wrong with the command line. The verdict is then unknown, in the form of the mode.
  std::optional<std::string> wrong_usage;
};

void addCheckFlags(Flags& flags, CheckOptions& options);

/// The options for a wrong command line: `what` is wrong, and the mode that its `words` ask for.
[[nodiscard]] CheckOptions wrongUsage(const std::vector<std::string>& words, std::string what);

/// Prints a verdict for a monitoring system within `timeout`, and returns the exit code. If a
/// filesystem or a server takes longer, ends the process itself, because a held thread cannot be
/// ended.
[[nodiscard]] int runCheck(const CheckOptions& options);

}  // namespace hardlink
