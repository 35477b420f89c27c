#include "report/judge.h"

#include <algorithm>
#include <utility>

#include "report/judge_images.h"

namespace hardlink {
namespace {

std::optional<std::int64_t> headroom(std::optional<std::uint64_t> limit, std::uint64_t links) {
  if (!limit) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(*limit) - static_cast<std::int64_t>(links);
}

Histogram toHistogram(const BucketCounts& counts) {
  return {counts.bounds(), counts.cumulative(), counts.sum()};
}

LayerReport judgeLayer(const LayerCounts& layer, std::optional<std::uint64_t> limit) {
  LayerReport report;
  report.name = layer.name;
  report.head = layer.head;
  report.max_links = layer.max_links;
  report.inodes = layer.inodes;
  report.names = layer.names;
  if (!limit) {
    return report;
  }
  if (const auto binding = bindingInode(layer.pressure, *limit)) {
    report.extractions_remaining = extractionsRemaining(*limit, binding->links, binding->names);
    report.links_per_extraction = binding->names;
    report.binding_inode = binding->inode;
  }
  return report;
}

/// The counts of the layer called `name`, or null.
const LayerCounts* findLayer(const RootCounts& counts, const std::string& name) {
  const auto at = std::lower_bound(
      counts.layers.begin(), counts.layers.end(), name,
      [](const LayerCounts& layer, const std::string& wanted) { return layer.name < wanted; });
  return at != counts.layers.end() && at->name == name ? &*at : nullptr;
}

/// Heads before others, and of each the tightest first.
bool comesFirst(const LayerReport& a, const LayerReport& b) {
  const auto key = [](const LayerReport& layer) {
    return std::pair(!layer.head,
                     tightnessKey(layer.extractions_remaining, layer.max_links, layer.name));
  };
  return key(a) < key(b);
}

HotInodeReport judgeHotInode(const HotInode& hot, std::optional<std::uint64_t> limit) {
  HotInodeReport report;
  report.inode = hot.inode;
  report.links = hot.links;
  report.headroom_links = headroom(limit, hot.links);
  report.names_in_root = hot.names_in_root;
  // Names that came or went during the census can make either figure the larger.
  report.links_outside_root = hot.links - std::min(hot.links, hot.names_in_root);
  report.layers = hot.layers;
  report.path = hot.paths.empty() ? std::string() : hot.paths.front();
  report.size_bytes = hot.size_bytes;
  return report;
}

void judgeHotInodes(const RootCounts& counts, const ReportLimits& limits, CensusReport& report) {
  const std::size_t kept = std::min<std::size_t>(counts.hot_inodes.size(), limits.hot_inodes);
  for (std::size_t i = 0; i < kept; ++i) {
    report.hot_inodes.push_back(judgeHotInode(counts.hot_inodes[i], report.filesystem.link_limit));
    HotInodeReport& hot = report.hot_inodes.back();
    // Where not every name was seen, those that were not are not outside.
    hot.links_outside_root = counts.stopped ? 0 : hot.links_outside_root;
    report.links_outside_root += hot.links_outside_root;
  }
}

/// Returns the root's binding inode: that of its tightest head.
std::optional<std::uint64_t> judgeLayers(const RootCounts& counts, const ReportLimits& limits,
                                         CensusReport& report) {
  BucketCounts layer_links(counts.inode_links.bounds());
  for (const LayerCounts& layer : counts.layers) {
    layer_links.add(layer.max_names_per_inode);
    report.tightest_layers.push_back(judgeLayer(layer, report.filesystem.link_limit));
  }
  report.layer_links = toHistogram(layer_links);

  const auto kept = std::min<std::size_t>(report.tightest_layers.size(), limits.layers);
  // One more than is kept, so that the root's margin is known even where no layer is reported.
  const auto sorted = std::min(report.tightest_layers.size(), kept + 1);
  std::partial_sort(report.tightest_layers.begin(),
                    report.tightest_layers.begin() + static_cast<std::ptrdiff_t>(sorted),
                    report.tightest_layers.end(), comesFirst);
  std::optional<std::uint64_t> binding;
  if (!report.tightest_layers.empty() && report.tightest_layers.front().head) {
    report.extractions_remaining = report.tightest_layers.front().extractions_remaining;
    binding = report.tightest_layers.front().binding_inode;
  }
  report.tightest_layers.resize(kept);
  for (LayerReport& layer : report.tightest_layers) {
    layer.inode_links = toHistogram(findLayer(counts, layer.name)->inode_links);
  }
  return binding;
}

SeriesReport judgeSeries(const RootCounts& counts, const Series& series,
                         std::optional<std::uint64_t> limit) {
  SeriesReport report;
  report.series = series.name;
  report.snapshots = series.oldest_first.size();
  std::optional<LayerReport> tightest;
  for (const std::string& head : series.heads) {
    const LayerCounts* const layer = findLayer(counts, head);
    if (layer == nullptr) {
      continue;  // it went before it was counted
    }
    LayerReport judged = judgeLayer(*layer, limit);
    if (!tightest || comesFirst(judged, *tightest)) {
      tightest = std::move(judged);
    }
  }
  if (tightest) {
    report.head = tightest->name;
    report.extractions_remaining = tightest->extractions_remaining;
  }
  return report;
}

void judgeFarm(const RootCounts& counts, const Farm& farm, CensusReport& report) {
  const auto limit = report.filesystem.link_limit;
  report.tool = toString(farm.tool);
  report.layout_reason = farm.reason;
  report.advice = farm.advice;
  report.links_per_user = counts.links_per_user;
  for (const Series& series : farm.series) {
    report.series.push_back(judgeSeries(counts, series, limit));
  }
  if (!limit || farm.series.empty()) {
    return;
  }
  if (const auto binding = bindingInode(counts.round_pressure, *limit)) {
    report.rounds_remaining = extractionsRemaining(*limit, binding->links, binding->names);
  }
}

}  // namespace

std::optional<std::string> refusedLimit(const FilesystemReport& filesystem) {
  if (!filesystem.refused_link_limit || !filesystem.link_limit) {
    return std::nullopt;
  }
  return "the link limit " + std::to_string(*filesystem.refused_link_limit) + " is above what " +
         filesystem.type + " allows; its own limit of " + std::to_string(*filesystem.link_limit) +
         " holds";
}

CensusReport judge(const RootCounts& counts, const Farm& farm, const FilesystemReport& filesystem,
                   const ReportLimits& limits, const ImageStore& images) {
  CensusReport report;
  report.layout = counts.layout;
  report.engine = counts.engine;
  report.filesystem = filesystem;
  report.complete = counts.errors.unread_directories == 0 && !counts.stopped;
  report.max_links = counts.max_links;
  report.headroom_links = headroom(filesystem.link_limit, counts.max_links);
  report.layers = counts.layers.size();
  report.inodes = counts.inodes;
  report.multilink_inodes = counts.multilink_inodes;
  report.names = counts.names;
  report.directories = counts.directories;
  report.fullest_directories = counts.fullest_directories;
  report.saturated = counts.saturated;
  report.errors = counts.errors;
  report.inode_links = toHistogram(counts.inode_links);
  judgeHotInodes(counts, limits, report);
  report.unfinished_layers = counts.unfinished_layers;
  const auto binding = judgeLayers(counts, limits, report);
  judgeFarm(counts, farm, report);
  judgeImages(counts, images, binding, limits.images, report);
  return report;
}

CensusReport withFreshLinks(CensusReport report, const std::vector<FreshLinks>& fresh,
                            std::uint64_t unwatched_links,
                            const std::optional<BucketCounts>& inode_links) {
  if (fresh.empty()) {
    return report;
  }
  const auto limit = report.filesystem.link_limit;
  report.max_links = unwatched_links;
  for (const FreshLinks& entry : fresh) {
    report.max_links = std::max(report.max_links, entry.links);
    for (HotInodeReport& hot : report.hot_inodes) {
      if (hot.inode == entry.inode) {
        hot.links = entry.links;
        hot.headroom_links = headroom(limit, entry.links);
      }
    }
  }
  report.headroom_links = headroom(limit, report.max_links);
  if (inode_links) {
    report.inode_links = toHistogram(*inode_links);
  }
  return report;
}

}  // namespace hardlink
