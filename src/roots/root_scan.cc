#include "roots/root_scan.h"

#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <string>
#include <utility>

namespace hardlink {
namespace {

std::string interruptionText(const CensusProgress& progress, double duration_seconds) {
  const std::uint64_t layers = progress.layers_total;
  const std::string read =
      layers == 0 ? ""
                  : fmt::format(" with {} of {} layers read", progress.layers_done.load(), layers);
  return fmt::format(
      "interrupted after {:.1f} s{}; the unread part may hold more links and have less room",
      duration_seconds, read);
}

}  // namespace

RootScanner::RootScanner(RootConfig root, CensusSettings settings)
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
    report.status.error = census      ? interruptionText(progress, duration.count())
                          : cancelled ? "interrupted before anything was counted"
                                      : census.error().message();
  }
  return report;
}

RootReport scanRoot(const RootConfig& root, const CensusSettings& settings,
                    CensusProgress& progress) {
  return RootScanner(root, settings).scan(progress, {});
}

RootReport uncountedReport(const RootConfig& root, std::string why) {
  RootReport report;
  report.name = root.name;
  report.path = root.path;
  report.status.up = false;
  report.status.interrupted = true;
  report.status.error = std::move(why);
  return report;
}

}  // namespace hardlink
