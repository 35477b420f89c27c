#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "base/log.h"
#include "cli/commands.h"
#include "cli/output_file.h"
#include "cli/progress_line.h"
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

RootReport scanRoot(const RootConfig& root, const SurveySettings& settings) {
  RootReport report;
  report.name = root.name;
  report.path = root.path;
  report.status.started = std::chrono::system_clock::now();
  const auto begin = std::chrono::steady_clock::now();
  CensusProgress progress;
  Result<Survey> survey = [&] {
    const ProgressLine line(root.path, progress);
    CensusTaker taker;
    return surveyRoot(taker, root, settings, {}, progress, {});
  }();
  const std::chrono::duration<double> duration = std::chrono::steady_clock::now() - begin;
  report.status.duration_seconds = duration.count();
  report.status.up = static_cast<bool>(survey);
  if (survey) {
    report.status.successes = 1;
    report.status.last_success = std::chrono::system_clock::now();
    report.status.errors_total = survey->report.errors.by_reason;
    report.census = std::move(survey->report);
  } else {
    report.status.failures = 1;
    report.status.error = survey.error().message();
    complain(report.status.error);
  }
  return report;
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
  Report report;
  bool all_up = true;
  for (const RootConfig& root : roots) {
    report.roots.push_back(scanRoot(root, settingsOf(options)));
    all_up = all_up && report.roots.back().status.up.value_or(false);
  }
  const bool written = writeOut(render(report, options), options);
  return all_up && written ? kExitOk : kExitFailed;
}

}  // namespace hardlink
