#pragma once

/// What the command line says, as values. What is given as a path may not exist: the commands find
/// that out.

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

/// The command line was answered by text alone (help, version, or what is wrong with it).
struct TextAnswer {
  std::string text;
  int exit_code = 0;  ///< 0: to standard output; otherwise to standard error
};

using Command = std::variant<DaemonOptions, ScanOptions, ExplainOptions, CheckOptions, PlanOptions,
                             PreflightOptions, TextAnswer>;

/// Parses the arguments. Never exits, never prints, never throws.
[[nodiscard]] Command parseCommandLine(int argc, const char* const* argv);

/// The words that are understood as commands where they come first.
[[nodiscard]] std::vector<std::string_view> commandNames();

/// The text of --version, in the form of Prometheus' own programs.
[[nodiscard]] std::string versionText();

}  // namespace hardlink
