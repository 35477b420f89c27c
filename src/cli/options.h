#pragma once

/// The command line as values. Paths are not checked here: the commands do that.

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "commands/check/check.h"
#include "commands/explain/explain.h"
#include "commands/plan/plan.h"
#include "commands/preflight/preflight.h"
#include "commands/scan/scan.h"
#include "daemon/daemon.h"

namespace hardlink {

/// The answer to a command line that runs no command: the help, the version, or a usage error.
struct TextAnswer {
  std::string text;
  int exit_code = 0;  ///< 0: to standard output; otherwise to standard error
};

using Command = std::variant<DaemonOptions, ScanOptions, ExplainOptions, CheckOptions, PlanOptions,
                             PreflightOptions, TextAnswer>;

/// Parses the arguments. Never exits, never prints, never throws.
[[nodiscard]] Command parseCommandLine(int argc, const char* const* argv);

/// The words that are commands when they come first.
[[nodiscard]] std::vector<std::string_view> commandNames();

/// The text of --version, in the format of Prometheus' own programs.
[[nodiscard]] std::string versionText();

}  // namespace hardlink
