#include "exposition/metrics/families.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>

#include "exposition/metrics/metric_series.h"
#include "report/alarms.h"

namespace hardlink {
namespace {

constexpr auto kGauge = prometheus::MetricType::Gauge;
constexpr auto kCounter = prometheus::MetricType::Counter;
constexpr auto kGaugeHistogram = prometheus::MetricType::Histogram;

/// One metric, and the function that adds the series of a root.
struct Metric {
  const char* name;
  prometheus::MetricType type;
  MetricGroup group;
  void (*fill)(MetricSeries&, const RootReport&);
  const char* help;
};

template <auto Member>
void status(MetricSeries& series, const RootReport& root) {
  series.add({{"root", root.name}}, std::invoke(Member, root.status));
}

template <auto Member>
void census(MetricSeries& series, const RootReport& root) {
  if (root.census) {
    series.add({{"root", root.name}}, std::invoke(Member, *root.census));
  }
}

template <auto Member>
void filesystem(MetricSeries& series, const RootReport& root) {
  if (root.census) {
    series.add({{"root", root.name}}, std::invoke(Member, root.census->filesystem));
  }
}

template <auto Member>
void layer(MetricSeries& series, const RootReport& root) {
  if (!root.census) {
    return;
  }
  for (const LayerReport& layer : root.census->tightest_layers) {
    series.add({{"root", root.name}, {"layer", layer.name}}, std::invoke(Member, layer));
  }
}

void exclusiveBytes(MetricSeries& series, const RootReport& root) {
  if (!root.census) {
    return;
  }
  for (const LayerBytes& layer : root.census->largest_layers) {
    series.add({{"root", root.name}, {"layer", layer.layer}}, layer.exclusive_bytes);
  }
}

template <auto Member>
void image(MetricSeries& series, const RootReport& root) {
  if (!root.census) {
    return;
  }
  for (const ImageReport& image : root.census->images) {
    series.add({{"root", root.name}, {"image", image.image}}, std::invoke(Member, image));
  }
}

void rootInfo(MetricSeries& series, const RootReport& root) {
  if (!root.census) {
    return;
  }
  const FilesystemReport& on = root.census->filesystem;
  Labels labels = {{"root", root.name},
                   {"path", root.path},
                   {"fstype", on.type},
                   {"device", on.device},
                   {"mountpoint", on.mountpoint},
                   {"layout", root.census->layout},
                   {"tool", root.census->tool},
                   {"engine", root.census->engine},
                   {"limit_source", on.link_limit_source}};
  labels.insert(labels.end(), root.labels.begin(), root.labels.end());
  series.add(labels, 1.0);
}

void hotInodeLinks(MetricSeries& series, const RootReport& root) {
  if (!root.census) {
    return;
  }
  for (const HotInodeReport& inode : root.census->hot_inodes) {
    if (!inode.path.empty()) {
      series.add({{"root", root.name}, {"path", inode.path}}, inode.links);
    }
  }
}

void limitExtractions(MetricSeries& series, const RootReport& root) {
  if (!root.census) {
    return;
  }
  for (const LimitReport& limit : root.census->limits) {
    series.add({{"root", root.name}, {"limit", toString(limit.limit)}},
               limit.extractions_remaining);
  }
}

void bindingInfo(MetricSeries& series, const RootReport& root) {
  const LimitReport* const first = root.census ? firstLimit(*root.census) : nullptr;
  if (first != nullptr) {
    series.add({{"root", root.name},
                {"limit", toString(first->limit)},
                {"layer", first->layer},
                {"path", first->path}},
               1.0);
  }
}

template <auto Member>
void saturated(MetricSeries& series, const RootReport& root) {
  if (root.census && root.census->saturated) {
    series.add({{"root", root.name}}, std::invoke(Member, *root.census->saturated));
  }
}

template <auto Member>
void fullestDirectory(MetricSeries& series, const RootReport& root) {
  if (root.census && root.census->fullest_directory) {
    series.add({{"root", root.name}}, std::invoke(Member, *root.census->fullest_directory));
  }
}

void hotDirectories(MetricSeries& series, const RootReport& root) {
  if (!root.census) {
    return;
  }
  for (const Subdirectories& directory : root.census->hot_directories) {
    series.add({{"root", root.name}, {"path", directory.path}}, directory.count);
  }
}

void censuses(MetricSeries& series, const RootReport& root) {
  series.add({{"root", root.name}, {"result", "success"}}, root.status.successes);
  series.add({{"root", root.name}, {"result", "failed"}}, root.status.failures);
  series.add({{"root", root.name}, {"result", "timeout"}}, root.status.timeouts);
}

void censusErrors(MetricSeries& series, const RootReport& root) {
  for (std::size_t i = 0; i < kCensusErrorReasons.size(); ++i) {
    series.add({{"root", root.name}, {"reason", kCensusErrorReasons[i]}},
               root.status.errors_total[i]);
  }
}

// A help text has no backslash, quote or newline, because the classic serializer does not escape
// it.
constexpr Metric kMetrics[] = {
    {"hardlink_up", kGauge, MetricGroup::roots, status<&CensusStatus::up>,
     "Whether the last census of the root succeeded; absent before the first one ended."},
    {"hardlink_root_info", kGauge, MetricGroup::roots, rootInfo,
     "What the root is: its path, filesystem, layout, the tool that makes its links, engine and "
     "the source of its link limit; always 1."},
    {"hardlink_link_limit", kGauge, MetricGroup::roots, filesystem<&FilesystemReport::link_limit>,
     "Links one inode can have on the root's filesystem; absent where not known."},
    {"hardlink_max_links", kGauge, MetricGroup::roots, census<&CensusReport::max_links>,
     "Highest link count of any inode in the root, directories aside."},
    {"hardlink_headroom_links", kGauge, MetricGroup::roots, census<&CensusReport::headroom_links>,
     "Links that the inode with the most links can still get: limit less highest link count."},
    {"hardlink_extractions_remaining", kGauge, MetricGroup::roots,
     census<&CensusReport::extractions_remaining>,
     "Further layers (snapshots, copies) that are guaranteed to fit, whichever head they build on: "
     "the least over all limits that are known. Absent without layers or link limit."},
    {"hardlink_limit_extractions_remaining", kGauge, MetricGroup::roots, limitExtractions,
     "Further layers (snapshots, copies) that fit as far as one limit goes: links, inodes, space "
     "or subdirectories. A limit that is not known is absent."},
    {"hardlink_binding_info", kGauge, MetricGroup::roots, bindingInfo,
     "What ends first: the limit, the layer that ends first by it, and the file or directory that "
     "does (empty for inodes and space); always 1. Absent where the margin is."},
    {"hardlink_rounds_remaining", kGauge, MetricGroup::roots,
     census<&CensusReport::rounds_remaining>,
     "How many times every series of snapshots can still make one more; absent without series or "
     "limit, and with Docker's layers."},
    {"hardlink_layers", kGauge, MetricGroup::roots, census<&CensusReport::layers>,
     "Layers (snapshots, copies) in the root."},
    {"hardlink_inodes", kGauge, MetricGroup::roots, census<&CensusReport::inodes>,
     "Distinct inodes in the root, directories aside."},
    {"hardlink_multilink_inodes", kGauge, MetricGroup::roots,
     census<&CensusReport::multilink_inodes>,
     "Distinct inodes in the root with more than one link, directories aside."},
    {"hardlink_names", kGauge, MetricGroup::roots, census<&CensusReport::names>,
     "Directory entries in the root that are not directories."},
    {"hardlink_directories", kGauge, MetricGroup::roots, census<&CensusReport::directories>,
     "Directories below the root."},
    {"hardlink_inode_links", kGaugeHistogram, MetricGroup::histograms,
     census<&CensusReport::inode_links>,
     "Distinct inodes in the root by link count. A gauge histogram: never rate() it; use "
     "histogram_quantile(0.99, hardlink_inode_links_bucket) directly."},
    {"hardlink_layer_links", kGaugeHistogram, MetricGroup::histograms,
     census<&CensusReport::layer_links>,
     "Layers by the most links that one more extraction of them adds to a single inode. A gauge "
     "histogram: never rate() it; use histogram_quantile(0.99, hardlink_layer_links_bucket) "
     "directly."},
    {"hardlink_layer_inode_links", kGaugeHistogram, MetricGroup::histograms,
     layer<&LayerReport::inode_links>,
     "Distinct inodes of one of the tightest layers by link count. A gauge histogram: never rate() "
     "it; use histogram_quantile(0.99, hardlink_layer_inode_links_bucket) directly."},
    {"hardlink_layer_extractions_remaining", kGauge, MetricGroup::layers,
     layer<&LayerReport::extractions_remaining>,
     "Further layers that can be made on top of this one; the tightest layers."},
    {"hardlink_layer_links_per_extraction", kGauge, MetricGroup::layers,
     layer<&LayerReport::links_per_extraction>,
     "Links that one more layer on top of this one adds to its binding inode; the tightest "
     "layers."},
    {"hardlink_layer_max_links", kGauge, MetricGroup::layers, layer<&LayerReport::max_links>,
     "Highest link count of any inode in the layer; the tightest layers."},
    {"hardlink_layer_exclusive_bytes", kGauge, MetricGroup::layers, exclusiveBytes,
     "Allocated bytes of the inodes all of whose links are names in the layer: what the removal of "
     "this layer alone frees, directories aside. The layers with the most."},
    {"hardlink_image_extractions_remaining", kGauge, MetricGroup::images,
     image<&ImageReport::extractions_remaining>,
     "Further layers that can be made on top of the image; the tightest images."},
    {"hardlink_hot_inode_links", kGauge, MetricGroup::hot_inodes, hotInodeLinks,
     "Link count of one of the inodes with the most links, under a path that represents it."},
    {"hardlink_links_outside_root", kGauge, MetricGroup::hot_inodes,
     census<&CensusReport::links_outside_root>,
     "Names of the hottest inodes that lie outside the root, summed."},
    {"hardlink_saturated_inodes", kGauge, MetricGroup::roots, saturated<&SaturatedInodes::inodes>,
     "Inodes at the link limit, whose next use fails or becomes a copy; empty files included. "
     "Absent without a link limit."},
    {"hardlink_saturated_bytes", kGauge, MetricGroup::roots, saturated<&SaturatedInodes::bytes>,
     "Allocated bytes of the inodes at the link limit, each inode once."},
    {"hardlink_allocated_bytes", kGauge, MetricGroup::roots, census<&CensusReport::allocated_bytes>,
     "Allocated bytes of the inodes in the root, each inode once, directories aside."},
    {"hardlink_referenced_bytes", kGauge, MetricGroup::roots,
     census<&CensusReport::referenced_bytes>,
     "Allocated bytes of the inodes in the root, once for each of their names there, directories "
     "aside. Less hardlink_allocated_bytes it is what links save."},
    {"hardlink_max_subdirectories", kGauge, MetricGroup::roots,
     fullestDirectory<&Subdirectories::count>,
     "Subdirectories of the directory that is fullest by its own limit; where none has one, of "
     "that with the most."},
    {"hardlink_subdirectory_limit", kGauge, MetricGroup::roots,
     fullestDirectory<&Subdirectories::limit>,
     "Subdirectories that this directory can have; absent where there is no limit or it is not "
     "known."},
    {"hardlink_hot_directory_subdirectories", kGauge, MetricGroup::hot_inodes, hotDirectories,
     "Subdirectories of one of the directories that are fullest by their own limit."},
    {"hardlink_census_duration_seconds", kGauge, MetricGroup::census,
     status<&CensusStatus::duration_seconds>,
     "How long the last census took, whether it succeeded or not."},
    {"hardlink_census_directories_read", kGauge, MetricGroup::census,
     census<&CensusReport::directories_read>,
     "Directories whose entries the last census read; it knew that the others had not changed."},
    {"hardlink_census_last_success_timestamp_seconds", kGauge, MetricGroup::census,
     status<&CensusStatus::last_success>,
     "When the census that the figures stem from ended, in Unix time."},
    {"hardlink_census_in_progress", kGauge, MetricGroup::census, status<&CensusStatus::in_progress>,
     "Whether a census of the root is running."},
    {"hardlink_census_complete", kGauge, MetricGroup::census, census<&CensusReport::complete>,
     "Whether the last successful census could read every directory; 0 means that there may be "
     "more links and less margin."},
    {"hardlink_censuses_total", kCounter, MetricGroup::census, censuses,
     "Censuses that ended, by result."},
    {"hardlink_census_errors_total", kCounter, MetricGroup::census, censusErrors,
     "Names and directories that could not be counted, by reason."},
    {"hardlink_watch_last_success_timestamp_seconds", kGauge, MetricGroup::census,
     status<&CensusStatus::watch_last_success>,
     "When the hottest inodes were last read again between censuses, in Unix time."},
    {"hardlink_refresh_mismatches_total", kCounter, MetricGroup::census,
     status<&CensusStatus::refresh_mismatches>,
     "Full censuses that contradicted what the censuses before had kept as unchanged: an error."},
};

}  // namespace

Families::Families(std::vector<Family> families) : families_(std::move(families)) {}
Families::Families(Families&& other) noexcept = default;
Families& Families::operator=(Families&& other) noexcept = default;
Families::~Families() = default;

void Families::append(Families more) {
  std::move(more.families_.begin(), more.families_.end(), std::back_inserter(families_));
}

Families metricFamilies(const Report& report) {
  std::vector<Family> families;
  for (const Metric& metric : kMetrics) {
    MetricSeries series(metric.group, metric.name, metric.help, metric.type);
    for (const RootReport& root : report.roots) {
      metric.fill(series, root);
      series.endRoot();
    }
    families.push_back(std::move(series).take());
  }
  return Families(std::move(families));
}

}  // namespace hardlink
