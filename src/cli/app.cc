#include "cli/app.h"

#include <cstdio>
#include <exception>
#include <variant>

#include "base/os/older_kernel.h"
#include "base/os/threads.h"
#include "cli/options.h"
#include "commands/standard_streams.h"

namespace hardlink {
namespace {

int run(const DaemonOptions& options) { return runDaemon(options); }

int run(const ScanOptions& options) { return runScan(options); }

int run(const ExplainOptions& options) { return runExplain(options); }

int run(const CheckOptions& options) { return runCheck(options); }

int run(const PlanOptions& options) { return runPlan(options); }

/// The exit code of a failure would be the verdict no.
int run(const PreflightOptions& options) {
  try {
    return runPreflight(options);
  } catch (const std::exception& error) {
    complain("preflight", "cannot be told: " + reasonOf(error));
    return kExitUnknown;
  }
}

int run(const TextAnswer& answer) {
  std::FILE* const stream = answer.exit_code == kExitOk ? stdout : stderr;
  return put(answer.text, stream) ? answer.exit_code : kExitFailed;
}

}  // namespace

int runApp(int argc, const char* const* argv) {
  // All commands except help and version start threads, and this must come before the first one.
  if (const auto hidden = hideClone3IfRefused(); !hidden) {
    (void)std::fprintf(stderr, "hardlink_exporter: %s\n", hidden.error().message().c_str());
  }
  try {
    return std::visit([](const auto& command) { return run(command); },
                      parseCommandLine(argc, argv));
  } catch (const std::exception& error) {
    complain(reasonOf(error));
    return kExitFailed;
  }
}

}  // namespace hardlink
