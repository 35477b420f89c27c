#include <algorithm>
#include <iterator>
#include <limits>
#include <protozero/varint.hpp>
#include <utility>

#include "exposition/metrics/family.h"

namespace hardlink {
namespace {

using Section = RenderedMetrics::Section;

/// The parts of the section, as offsets, that hold the selected series.
std::vector<std::pair<std::size_t, std::size_t>> seriesOf(const Section& section,
                                                          const MetricsSelection& selection) {
  if (!selection.roots || section.root_ends.empty()) {
    return {{section.head_end, section.end}};
  }
  std::vector<std::pair<std::size_t, std::size_t>> parts;
  for (const std::size_t root : *selection.roots) {
    const std::size_t begin = root == 0 ? section.head_end : section.root_ends.at(root - 1);
    parts.emplace_back(begin, section.root_ends.at(root));
  }
  return parts;
}

}  // namespace

std::string_view contentType(MetricsFormat format) {
  switch (format) {
    case MetricsFormat::text:
      return "text/plain; version=0.0.4; charset=utf-8";
    case MetricsFormat::open_metrics:
      return "application/openmetrics-text; version=1.0.0; charset=utf-8";
    case MetricsFormat::protobuf:
      return "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; "
             "encoding=delimited";
  }
  return {};
}

RenderedMetrics render(const Families& families, MetricsFormat format, HistogramForm histograms) {
  switch (format) {
    case MetricsFormat::text:
      return renderText(families, histograms);
    case MetricsFormat::open_metrics:
      return renderOpenMetrics(families, histograms);
    case MetricsFormat::protobuf:
      return renderProtobuf(families, histograms);
  }
  return {};
}

std::vector<std::pair<double, std::uint64_t>> classicBuckets(const Histogram& histogram) {
  std::vector<std::pair<double, std::uint64_t>> buckets;
  const std::size_t bounds = std::min(histogram.bounds.size(), histogram.cumulative.size());
  for (std::size_t i = 0; i < bounds; ++i) {
    const auto bound = static_cast<double>(histogram.bounds[i]);
    if (buckets.empty() || buckets.back().first < bound) {
      buckets.emplace_back();
    }
    buckets.back() = {bound, histogram.cumulative[i]};
  }
  buckets.emplace_back(std::numeric_limits<double>::infinity(), histogram.count());
  return buckets;
}

void appendSelected(const RenderedMetrics& metrics, const MetricsSelection& selection,
                    std::string& out) {
  for (const Section& section : metrics.sections) {
    if (!selection.groups[static_cast<std::size_t>(section.group)]) {
      continue;
    }
    const auto parts = seriesOf(section, selection);
    std::size_t length = 0;
    for (const auto& [begin, end] : parts) {
      length += end - begin;
    }
    if (length == 0) {
      continue;
    }
    if (metrics.delimited) {
      length += section.head_end - section.begin;
      protozero::write_varint(std::back_inserter(out), length);
    }
    out.append(metrics.bytes, section.begin, section.head_end - section.begin);
    for (const auto& [begin, end] : parts) {
      out.append(metrics.bytes, begin, end - begin);
    }
  }
}

}  // namespace hardlink
