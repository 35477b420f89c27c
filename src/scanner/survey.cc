#include "scanner/survey.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "report/judge.h"

namespace hardlink {
namespace {

constexpr std::uint64_t kLeastWatchedInodes = 10;

CensusRequest requestFor(const RootConfig& root, const SurveySettings& settings,
                         const FilesystemInfo& filesystem, std::vector<KnownPath> known_paths) {
  return {.path = root.path,
          .filesystem = filesystem,
          .layers = {root.layout, root.layers},
          .exclude = root.exclude,
          .threads = settings.scan.threads,
          .idle_io = settings.scan.io_priority == IoPriority::idle,
          .buckets = settings.metrics.buckets,
          .hot_inodes = watchedInodes(settings.metrics),
          .known_paths = std::move(known_paths)};
}

FilesystemReport describe(const FilesystemInfo& info) {
  return {.type = info.type,
          .device = info.device,
          .mountpoint = info.mountpoint,
          .link_limit = info.link_limit,
          .link_limit_source = std::string(toString(info.link_limit_source)),
          .subdirectory_limit = info.subdirectory_limit};
}

}  // namespace

Result<Survey> surveyRoot(const RootConfig& root, const SurveySettings& settings,
                          const std::vector<KnownPath>& known_paths, CensusProgress& progress,
                          std::stop_token stop) {
  auto filesystem = inspectFilesystem(root.path, root.link_limit);
  if (!filesystem) {
    return filesystem.error();
  }
  if (filesystem->network && !root.named_explicitly) {
    return Error{0, root.path + " is on " + filesystem->type +
                        ", a network filesystem: it is watched only if it is named as a root"};
  }
  const auto engine = makeWalkEngine();
  auto counts = engine->count(requestFor(root, settings, *filesystem, known_paths), progress,
                              std::move(stop));
  if (!counts) {
    return counts.error();
  }
  CensusReport report = judge(*counts, describe(*filesystem),
                              {.hot_inodes = settings.metrics.hot_inodes,
                               .layers = settings.metrics.layers,
                               .images = settings.metrics.images});
  return Survey{std::move(*counts), std::move(*filesystem), std::move(report)};
}

std::size_t watchedInodes(const MetricsConfig& metrics) {
  return std::max(metrics.hot_inodes, kLeastWatchedInodes);
}

}  // namespace hardlink
