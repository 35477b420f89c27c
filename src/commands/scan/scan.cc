#include "commands/scan/scan.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/utf8.h"
#include "commands/progress_line.h"
#include "commands/scan/background_scan.h"
#include "commands/standard_streams.h"
#include "commands/terminal.h"
#include "exposition/json/json.h"
#include "exposition/metrics/families.h"
#include "exposition/terminal/table.h"
#include "roots/count_root.h"
#include "roots/roots.h"

namespace hardlink {
namespace {

CensusSettings settingsOf(const ScanOptions& options) {
  CensusSettings settings;
  // A user waits for this census.
  settings.scan.io_priority = IoPriority::best_effort;
  settings.metrics.hot_inodes = options.top;
  settings.metrics.layers = options.top;
  settings.metrics.images = options.top;
  return settings;
}

/// Names the roots that are counted instead of a PATH that is Docker's data root.
void printResolvedRoots(const std::vector<std::string>& paths,
                        const std::vector<RootConfig>& roots) {
  const std::vector<RootConfig> named = rootsFromPaths(paths);
  for (const RootConfig& root : roots) {
    const bool is_named = std::any_of(named.begin(), named.end(), [&](const RootConfig& other) {
      return other.path == root.path;
    });
    if (!paths.empty() && !is_named) {
      complain("scan", "in Docker's data root, counting " + printable(root.path));
    }
  }
}

std::string renderTable(const Report& report, const Report* before, const ScanOptions& options) {
  TableOptions table = options.output ? TableOptions{} : terminal::tableOptions(STDOUT_FILENO);
  table.top = options.top;
  table.human = table.human && !options.exact;
  table.before = before;
  return renderTable(report, table);
}

std::string render(const Report& report, const ScanOptions& options) {
  switch (options.format) {
    case OutputFormat::json:
      return renderJson(report);
    case OutputFormat::prometheus:
      return renderText(metricFamilies(report)).bytes;
    case OutputFormat::table:
      break;
  }
  return renderTable(report, nullptr, options);
}

bool deliver(const std::string& text, const ScanOptions& options) {
  if (options.output) {
    const auto replaced = replaceFile(*options.output, text);
    if (!replaced) {
      complain("scan", replaced.error().message());
    }
    return static_cast<bool>(replaced);
  }
  return writeOut("scan", text, kindOf(options.format));
}

/// Complains about every root that could not be counted. True if there is none.
bool printFailures(const Report& report) {
  bool all_up = true;
  for (const RootReport& root : report.roots) {
    if (!root.status.up.value_or(false)) {
      complain("scan", root.status.interrupted ? printable(root.path) + ": " + root.status.error
                                               : root.status.error);
      all_up = false;
    }
  }
  return all_up;
}

void printRefusedLimits(const Report& report) {
  for (const RootReport& root : report.roots) {
    const auto warning = root.census ? refusedLimit(root.census->filesystem) : std::nullopt;
    if (warning) {
      complain("scan", printable(root.path) + ": " + *warning);
    }
  }
}

/// Prints what was counted until the signal, if people read it. A program that stores figures gets
/// nothing: it would take them for complete.
void printInterrupted(const Report& report, const ScanOptions& options) {
  const bool kept = options.output || options.format == OutputFormat::prometheus;
  if (kept) {
    complain("scan", "interrupted; nothing is written");
  } else {
    (void)printFailures(report);
    (void)deliver(render(report, options), options);
  }
}

int countOnce(BackgroundScan& scan, const Signals& signals, const ScanOptions& options) {
  scan.begin();
  const RoundEnd end = [&] {
    const ProgressLine line(
        [&](std::size_t width, bool utf8) { return scan.progress(width, utf8); });
    return awaitRound(scan, signals);
  }();
  switch (end) {
    case RoundEnd::done:
      break;
    case RoundEnd::interrupted:
      printInterrupted(scan.report(), options);
      return kExitFailed;
    case RoundEnd::hung:
      printInterrupted(scan.reportSoFar(), options);
      leaveHeldThreads(kExitFailed);
    case RoundEnd::abandoned:
      leaveHeldThreads(kExitFailed);
  }
  const Report report = scan.report();
  const bool all_up = printFailures(report);
  printRefusedLimits(report);
  return deliver(render(report, options), options) && all_up ? kExitOk : kExitFailed;
}

}  // namespace

int runScan(const ScanOptions& options) {
  // Only complaints belong between the progress line and the result.
  log::configure(log::Level::error, log::Format::logfmt);
  const auto why_not = whyNoRoot(options.paths);
  if (why_not && !options.output) {
    complain("scan", *why_not);
    return kExitUsage;
  }
  const DockerDiscovery discovery = options.paths.empty() ? discoverDocker() : DockerDiscovery{};
  const std::vector<RootConfig> roots = rootsToCount(options.paths, options.census, discovery);
  if (roots.empty()) {
    complain("scan", nothingToWatch(discovery));
    return kExitUsage;
  }
  printResolvedRoots(options.paths, roots);
  if (const auto why_not_layers = whyNoLayers(options.paths)) {
    complain("scan", *why_not_layers);
  }
  if (!options.watch) {
    const Signals signals({SIGINT, SIGTERM});
    BackgroundScan scan(roots, settingsOf(options));
    const int code = countOnce(scan, signals, options);
    // Old figures in the file must not look current, so a missing root is written too.
    return why_not ? kExitUsage : code;
  }
  const Signals signals({SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGWINCH});
  BackgroundScan scan(roots, settingsOf(options));
  const bool all_up =
      watchRounds(scan, signals, *options.watch, [&](const Report& report, const Report* before) {
        return renderTable(report, before, options);
      });
  return all_up ? kExitOk : kExitFailed;
}

}  // namespace hardlink
