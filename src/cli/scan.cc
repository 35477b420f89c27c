#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/output_file.h"
#include "cli/progress_line.h"
#include "cli/root_scan.h"
#include "cli/roots.h"
#include "cli/terminal.h"
#include "exposition/families.h"
#include "exposition/json.h"
#include "exposition/table.h"
#include "exposition/text.h"
#include "scanner/survey.h"

namespace hardlink {
namespace {

void complain(const std::string& what) {
  (void)std::fprintf(stderr, "hardlink_exporter: scan: %s\n", what.c_str());
}

SurveySettings settingsOf(const ScanOptions& options) {
  SurveySettings settings;
  // Somebody is waiting for this one.
  settings.scan.io_priority = IoPriority::best_effort;
  settings.metrics.hot_inodes = options.top;
  settings.metrics.layers = options.top;
  settings.metrics.images = options.top;
  return settings;
}

/// A PATH that is Docker's data root is not what is counted.
void sayWhatStandsForPaths(const std::vector<std::string>& paths,
                           const std::vector<RootConfig>& roots) {
  const std::vector<RootConfig> named = rootsFromPaths(paths);
  for (const RootConfig& root : roots) {
    const bool is_named = std::any_of(named.begin(), named.end(), [&](const RootConfig& other) {
      return other.path == root.path;
    });
    if (!paths.empty() && !is_named) {
      complain("in Docker's data root, counting " + printable(root.path));
    }
  }
}

RootReport scanWithProgress(const RootConfig& root, const SurveySettings& settings) {
  CensusProgress progress;
  const ProgressLine line(root.path, progress);
  return scanRoot(root, settings, progress);
}

std::string render(const Report& report, const ScanOptions& options) {
  switch (options.format) {
    case OutputFormat::json:
      return renderJson(report);
    case OutputFormat::prometheus:
      return renderText(metricFamilies(report));
    case OutputFormat::table:
      break;
  }
  TableOptions table;
  table.top = options.top;
  if (!options.output) {
    table.width = terminal::width(STDOUT_FILENO).value_or(0);
    table.color = terminal::wantsColor(STDOUT_FILENO);
  }
  return renderTable(report, table);
}

bool writeOut(const std::string& text, const ScanOptions& options) {
  if (options.output) {
    const auto error = replaceFile(*options.output, text);
    if (error) {
      complain(error->message());
    }
    return !error;
  }
  const bool written =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (!written) {
    complain(errnoError("write standard output").message());
  }
  return written;
}

}  // namespace

int runScan(const ScanOptions& options) {
  // Nothing but complaints belongs between the progress line and the result.
  log::configure(log::Level::error, log::Format::logfmt);
  const DockerDiscovery discovery = options.paths.empty() ? discoverDocker() : DockerDiscovery{};
  const std::vector<RootConfig> roots = rootsToSurvey(options.paths, options.survey, discovery);
  if (roots.empty()) {
    complain(nothingToWatch(discovery));
    return kExitUsage;
  }
  sayWhatStandsForPaths(options.paths, roots);
  Report report;
  bool all_up = true;
  for (const RootConfig& root : roots) {
    report.roots.push_back(scanWithProgress(root, settingsOf(options)));
    const CensusStatus& status = report.roots.back().status;
    if (!status.up.value_or(false)) {
      complain(status.error);
      all_up = false;
    }
  }
  const bool written = writeOut(render(report, options), options);
  return all_up && written ? kExitOk : kExitFailed;
}

}  // namespace hardlink
