#include "cli/root_scan.h"

#include <chrono>
#include <utility>

#include "census/census.h"

namespace hardlink {

RootReport scanRoot(const RootConfig& root, const SurveySettings& settings,
                    CensusProgress& progress) {
  RootReport report;
  report.name = root.name;
  report.path = root.path;
  report.status.started = std::chrono::system_clock::now();
  const auto begin = std::chrono::steady_clock::now();
  CensusTaker taker;
  Result<Survey> survey = surveyRoot(taker, root, settings, {}, progress, {});
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
  }
  return report;
}

}  // namespace hardlink
