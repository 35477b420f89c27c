#include "report/judge.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "report/limits.h"

namespace hardlink {
namespace {

std::optional<std::int64_t> headroom(std::optional<std::uint64_t> limit, std::uint64_t links) {
  if (!limit) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(*limit) - static_cast<std::int64_t>(links);
}

Histogram toHistogram(const BucketCounts& counts) {
  return {counts.bounds(), counts.cumulative(), counts.sum(), counts.native()};
}

/// The margins of a root's layers by the limits of its filesystem.
class LayerJudge {
 public:
  LayerJudge(const RootCounts& counts, const Farm& farm, const FilesystemReport& filesystem)
      : counts_(counts), filesystem_(filesystem) {
    const auto holders = holdersOf(counts, farm);
    for (std::size_t i = 0; i < counts.layers.size(); ++i) {
      const auto limits = limitsOf(counts.layers[i], holders[i], farm.makers_own, filesystem);
      const LimitReport* const first = firstOf(limits);
      firsts_.push_back(first != nullptr && filesystem.link_limit ? *first : LimitReport{});
      if (counts.layers[i].head) {
        keepTightest(limits);
      }
    }
  }

  /// By layer; unset if no known limit binds it.
  [[nodiscard]] std::vector<std::optional<std::uint64_t>> margins() const {
    std::vector<std::optional<std::uint64_t>> margins;
    for (const LimitReport& first : firsts_) {
      margins.push_back(first.extractions_remaining);
    }
    return margins;
  }
  /// For each known limit, the entry of the head that reaches it first. In the order of Limit.
  [[nodiscard]] const std::vector<LimitReport>& tightest() const { return tightest_; }
  [[nodiscard]] LayerReport report(std::size_t layer) const;

 private:
  void keepTightest(const std::vector<LimitReport>& limits);

  const RootCounts& counts_;
  const FilesystemReport& filesystem_;
  std::vector<LimitReport> firsts_;  // by layer
  std::vector<LimitReport> tightest_;
};

void LayerJudge::keepTightest(const std::vector<LimitReport>& limits) {
  for (const LimitReport& limit : limits) {
    const auto at = std::lower_bound(
        tightest_.begin(), tightest_.end(), limit.limit,
        [](const LimitReport& entry, Limit wanted) { return entry.limit < wanted; });
    if (at == tightest_.end() || at->limit != limit.limit) {
      tightest_.insert(at, limit);
    } else if (limit.extractions_remaining &&
               (!at->extractions_remaining ||
                *limit.extractions_remaining < *at->extractions_remaining)) {
      *at = limit;
    }
  }
}

LayerReport LayerJudge::report(std::size_t index) const {
  const LayerCounts& layer = counts_.layers[index];
  LayerReport report;
  report.name = layer.name;
  report.head = layer.head;
  report.max_links = layer.max_links;
  report.inodes = layer.inodes;
  report.names = layer.names;
  report.exclusive_bytes = layer.exclusive_bytes;
  const auto limit = filesystem_.link_limit;
  const auto binding = limit ? bindingInode(layer.pressure, *limit) : std::nullopt;
  report.extractions_remaining = firsts_[index].extractions_remaining;
  if (binding) {
    report.links_per_extraction = binding->names;
    if (firsts_[index].limit == Limit::links) {
      report.binding_inode = binding->inode;
    }
  }
  return report;
}

/// Heads come first. Heads and other layers are each sorted by tightness.
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
  // Either figure may be larger, because names come and go during the census.
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
    // In a census that was stopped, the names that it did not see may be inside the root.
    hot.links_outside_root = counts.stopped ? 0 : hot.links_outside_root;
    report.links_outside_root += hot.links_outside_root;
  }
}

/// Fills the histogram of layers, and keeps limits.layers of the tightest layers.
void judgeLayers(const RootCounts& counts, const LayerJudge& layers, const ReportLimits& limits,
                 CensusReport& report) {
  BucketCounts layer_links(counts.inode_links.bounds());
  for (std::size_t i = 0; i < counts.layers.size(); ++i) {
    layer_links.add(counts.layers[i].max_names_per_inode);
    report.tightest_layers.push_back(layers.report(i));
  }
  report.layer_links = toHistogram(layer_links);
  const auto kept = std::min<std::size_t>(report.tightest_layers.size(), limits.layers);
  std::partial_sort(report.tightest_layers.begin(),
                    report.tightest_layers.begin() + static_cast<std::ptrdiff_t>(kept),
                    report.tightest_layers.end(), comesFirst);
  report.tightest_layers.resize(kept);
  for (LayerReport& layer : report.tightest_layers) {
    layer.inode_links = toHistogram(counts.layers[*layerIndex(counts, layer.name)].inode_links);
  }
}

/// Sets the bytes of the root, and keeps limits.layers of the layers that hold most alone. In a
/// census that was stopped the sums are those of the part that was read; the bytes of finished
/// layers are final, because they depend on no name outside of the layer.
void judgeBytes(const RootCounts& counts, const ReportLimits& limits, CensusReport& report) {
  report.allocated_bytes = counts.allocated_bytes;
  report.referenced_bytes = counts.referenced_bytes;
  std::vector<LayerBytes>& largest = report.largest_layers;
  largest.reserve(counts.layers.size());
  for (const LayerCounts& layer : counts.layers) {
    largest.push_back({layer.name, layer.exclusive_bytes});
  }
  const auto kept = std::min<std::size_t>(largest.size(), limits.layers);
  std::partial_sort(largest.begin(), largest.begin() + static_cast<std::ptrdiff_t>(kept),
                    largest.end(), [](const LayerBytes& a, const LayerBytes& b) {
                      return std::tie(b.exclusive_bytes, a.layer) <
                             std::tie(a.exclusive_bytes, b.layer);
                    });
  largest.resize(kept);
}

/// The used and remaining parts of each limit, for a root without heads.
std::vector<LimitReport> limitsOfRoot(const RootCounts& counts,
                                      const FilesystemReport& filesystem) {
  std::vector<LimitReport> limits;
  if (filesystem.link_limit) {
    limits.push_back({.limit = Limit::links,
                      .used = counts.max_links,
                      .of = *filesystem.link_limit,
                      .remaining = *headroom(filesystem.link_limit, counts.max_links),
                      .path = counts.hot_inodes.empty() || counts.hot_inodes.front().paths.empty()
                                  ? std::string()
                                  : counts.hot_inodes.front().paths.front()});
  }
  if (filesystem.room.inodes) {
    limits.push_back(withoutMargin(Limit::inodes, *filesystem.room.inodes));
  }
  if (filesystem.room.bytes) {
    limits.push_back(withoutMargin(Limit::space, *filesystem.room.bytes));
  }
  if (!counts.fullest_directories.empty() && counts.fullest_directories.front().limit) {
    const Subdirectories& fullest = counts.fullest_directories.front();
    limits.push_back({.limit = Limit::subdirectories,
                      .used = fullest.count,
                      .of = *fullest.limit,
                      .remaining = *headroom(fullest.limit, fullest.count),
                      .path = fullest.path});
  }
  return limits;
}

/// Adds the limit of names of one inode in one directory, if the filesystem has such a limit.
void addNamesPerDirectory(const RootCounts& counts, CensusReport& report) {
  const auto limit = report.filesystem.back_reference_bytes;
  if (counts.fullest_names && limit) {
    report.limits.push_back({.limit = Limit::names_per_directory,
                             .used = counts.fullest_names->bytes,
                             .of = *limit,
                             .remaining = *headroom(limit, counts.fullest_names->bytes),
                             .path = counts.fullest_names->directory,
                             .per_name = counts.fullest_names->shortest_name});
  }
}

void judgeLimits(const RootCounts& counts, const LayerJudge& layers, CensusReport& report) {
  report.limits = layers.tightest();
  if (report.limits.empty()) {
    report.limits = limitsOfRoot(counts, report.filesystem);
  } else if (report.limits.front().limit == Limit::links) {
    report.limits.front().path = counts.binding_path;
  }
  const LimitReport* const first = firstOf(report.limits);
  if (first != nullptr && report.filesystem.link_limit) {
    report.first_limit = first->limit;
    report.extractions_remaining = first->extractions_remaining;
  }
  addNamesPerDirectory(counts, report);
}

SeriesReport judgeSeries(const RootCounts& counts, const LayerJudge& layers, const Series& series) {
  SeriesReport report;
  report.series = series.name;
  report.snapshots = series.oldest_first.size();
  std::optional<LayerReport> tightest;
  for (const std::string& head : series.heads) {
    const auto layer = layerIndex(counts, head);
    if (!layer) {
      continue;  // it was removed before it was counted
    }
    LayerReport judged = layers.report(*layer);
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

void judgeFarm(const RootCounts& counts, const Farm& farm, const LayerJudge& layers,
               CensusReport& report) {
  report.tool = toString(farm.tool);
  report.layout_reason = farm.reason;
  report.advice = farm.advice;
  report.links_per_user = counts.links_per_user;
  for (const Series& series : farm.series) {
    report.series.push_back(judgeSeries(counts, layers, series));
  }
  report.rounds_remaining = roundsRemaining(counts, farm, report.filesystem);
}

void judgeDirectories(const RootCounts& counts, const ReportLimits& limits, CensusReport& report) {
  report.hot_directories = counts.fullest_directories;
  if (!counts.fullest_directories.empty()) {
    report.fullest_directory = counts.fullest_directories.front();
    report.filesystem.subdirectory_limit = report.fullest_directory->limit;
  }
  if (report.hot_directories.size() > limits.hot_directories) {
    report.hot_directories.resize(limits.hot_directories);
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
  report.directories_read = counts.directories_read;
  report.directories_unchanged = counts.directories_unchanged;
  judgeDirectories(counts, limits, report);
  report.saturated = counts.saturated;
  report.errors = counts.errors;
  report.inode_links = toHistogram(counts.inode_links);
  judgeHotInodes(counts, limits, report);
  report.unfinished_layers = counts.unfinished_layers;
  const LayerJudge layers(counts, farm, filesystem);
  judgeLayers(counts, layers, limits, report);
  judgeBytes(counts, limits, report);
  judgeLimits(counts, layers, report);
  judgeFarm(counts, farm, layers, report);
  judgeImages(counts, images, bindingInodeOf(counts, filesystem.link_limit), layers.margins(),
              limits.images, report);
  return report;
}

CensusReport withFreshLinks(CensusReport report, const std::vector<InodeLinks>& fresh,
                            std::uint64_t other_links,
                            const std::optional<BucketCounts>& inode_links) {
  if (fresh.empty()) {
    return report;
  }
  const auto limit = report.filesystem.link_limit;
  report.max_links = other_links;
  for (const InodeLinks& entry : fresh) {
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
