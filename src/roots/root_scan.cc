#include "roots/root_scan.h"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <string>
#include <utility>

namespace hardlink {
namespace {

std::string howFar(const CensusProgress& progress, double duration_seconds) {
  char seconds[32];
  (void)std::snprintf(seconds, sizeof seconds, "%.1f s", duration_seconds);
  std::string text = std::string("interrupted after ") + seconds;
  if (const std::uint64_t layers = progress.layers_total; layers > 0) {
    text += " with " + std::to_string(progress.layers_done) + " of " + std::to_string(layers) +
            " layers read";
  }
  return text + "; in what was not read there may be more links and less room";
}

}  // namespace

RootScanner::RootScanner(RootConfig root, SurveySettings settings)
    : root_(std::move(root)), settings_(std::move(settings)) {}

RootReport RootScanner::scan(CensusProgress& progress, const std::stop_token& stop) {
  RootReport report;
  report.name = root_.name;
  report.path = root_.path;
  report.status.started = std::chrono::system_clock::now();
  const auto begin = std::chrono::steady_clock::now();
  CensusRequest request = censusRequest(root_, settings_, known_paths_);
  request.partial_on_stop = true;
  const Result<Census> census = taker_.take(request, progress, stop);
  const std::chrono::duration<double> duration = std::chrono::steady_clock::now() - begin;
  report.status.duration_seconds = duration.count();
  report.status.interrupted = census ? census->counts.stopped : stop.stop_requested();
  report.status.up = census && !report.status.interrupted;
  if (census) {
    report.census = judgeCensus(*census, settings_);
  }
  if (*report.status.up) {
    expected_names_ = census->counts.names;
    known_paths_ = knownPaths(census->counts.hot_inodes);
    report.status.successes = 1;
    report.status.last_success = std::chrono::system_clock::now();
    report.status.errors_total = report.census->errors.by_reason;
  } else {
    report.status.failures = 1;
    const bool cancelled = !census && census.error().code == ECANCELED;
    report.status.error = census      ? howFar(progress, duration.count())
                          : cancelled ? "interrupted before anything was counted"
                                      : census.error().message();
  }
  return report;
}

RootReport scanRoot(const RootConfig& root, const SurveySettings& settings,
                    CensusProgress& progress) {
  return RootScanner(root, settings).scan(progress, {});
}

RootReport notCounted(const RootConfig& root, std::string why) {
  RootReport report;
  report.name = root.name;
  report.path = root.path;
  report.status.up = false;
  report.status.interrupted = true;
  report.status.error = std::move(why);
  return report;
}

}  // namespace hardlink
