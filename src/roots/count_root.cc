#include "roots/count_root.h"

#include <algorithm>
#include <utility>

#include "report/judge.h"

namespace hardlink {
namespace {

constexpr std::uint64_t kLeastWatchedInodes = 10;

EngineWish wishFor(EngineChoice choice) {
  switch (choice) {
    case EngineChoice::walk:
      return EngineWish::walk;
    case EngineChoice::ext4:
      return EngineWish::ext4;
    case EngineChoice::automatic:
      break;
  }
  return EngineWish::automatic;
}

}  // namespace

FilesystemReport describe(const FilesystemInfo& info) {
  return {.type = info.type,
          .device = info.device,
          .mountpoint = info.mountpoint,
          .link_limit = info.link_limit,
          .link_limit_source = std::string(toString(info.link_limit_source)),
          .subdirectory_limit = info.subdirectory_limit,
          .back_reference_bytes = info.back_reference_bytes,
          .costs = info.costs,
          .room = info.room,
          .refused_link_limit = info.refused_limit};
}

CensusRequest censusRequest(const RootConfig& root, const CensusSettings& settings,
                            const std::vector<KnownPath>& known_paths) {
  return {.path = root.path,
          .engine = wishFor(root.engine),
          .options = {.layout = root.layout,
                      .tool = root.tool,
                      .order = root.order,
                      .globs = root.layers,
                      .exclude = root.exclude},
          .farm = {},
          .link_limit = root.link_limit,
          .allow_network = root.named_explicitly,
          .threads = settings.scan.threads,
          .idle_io = settings.scan.io_priority == IoPriority::idle,
          .buckets = settings.metrics.buckets,
          .hot_inodes = watchedInodes(settings.metrics),
          .hot_directories = settings.metrics.hot_directories,
          .known_paths = known_paths};
}

Result<JudgedCensus> countRoot(CensusTaker& taker, const CensusRequest& request,
                               const CensusSettings& settings, CensusProgress& progress,
                               const std::stop_token& stop) {
  ASSIGN_OR_RETURN(Census census, taker.take(request, progress, stop));
  CensusReport report = judgeCensus(census, settings);
  return JudgedCensus{std::move(census), std::move(report)};
}

CensusReport judgeCensus(const Census& census, const CensusSettings& settings) {
  CensusReport report = judge(census.counts, census.farm, describe(census.filesystem),
                              {.hot_inodes = settings.metrics.hot_inodes,
                               .layers = settings.metrics.layers,
                               .images = settings.metrics.images,
                               .hot_directories = settings.metrics.hot_directories},
                              census.images);
  report.engine_reason = census.engine_reason;
  report.image_problems = census.images.problems;
  return report;
}

std::vector<KnownPath> knownPaths(const std::vector<HotInode>& hot_inodes) {
  std::vector<KnownPath> known;
  for (const HotInode& hot : hot_inodes) {
    if (!hot.paths.empty()) {
      known.push_back({hot.inode, hot.paths.front()});
    }
  }
  return known;
}

std::size_t watchedInodes(const MetricsConfig& metrics) {
  return std::max(metrics.hot_inodes, kLeastWatchedInodes);
}

}  // namespace hardlink
