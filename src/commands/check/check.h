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

/// `hardlink_exporter check [PATH…]`.
struct CheckOptions {
  std::vector<std::string> paths;
  CheckMode mode = CheckMode::nagios;
  Thresholds thresholds;
  std::optional<Url> url;           ///< of a daemon to ask instead of counting
  std::optional<std::string> root;  ///< the only one of the daemon's that is judged
  std::chrono::milliseconds timeout = std::chrono::seconds(55);
  std::chrono::milliseconds max_age = std::chrono::minutes(15);  ///< of the daemon's figures
  SurveyFlags survey;
  /// What is wrong with the command line: a state that is unknown too, in the words of the mode.
  std::optional<std::string> wrong_usage;
};

void addCheckFlags(Flags& flags, CheckOptions& options);

/// Options of a command line that makes no sense: what is wrong, and the mode that its `words` ask
/// for, however wrong the others are.
[[nodiscard]] CheckOptions wrongUsage(const std::vector<std::string>& words, std::string what);

/// Prints a verdict for a monitoring system, within the time that it has. Where that is not enough
/// it ends the process itself, since no thread that a filesystem holds can be ended. Returns the
/// exit code.
[[nodiscard]] int runCheck(const CheckOptions& options);

}  // namespace hardlink
