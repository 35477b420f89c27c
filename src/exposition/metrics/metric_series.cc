#include "exposition/metrics/metric_series.h"

#include <algorithm>
#include <chrono>
#include <limits>

#include "base/utf8.h"

namespace hardlink {
namespace {

using Bucket = prometheus::ClientMetric::Bucket;

/// Bounds above 2^53 can become equal as floating point numbers; then the last one replaces the
/// others.
void appendBucket(std::vector<Bucket>& buckets, double upper_bound, std::uint64_t count) {
  if (buckets.empty() || buckets.back().upper_bound < upper_bound) {
    buckets.emplace_back();
  }
  buckets.back().upper_bound = upper_bound;
  buckets.back().cumulative_count = count;
}

prometheus::ClientMetric::Histogram toModel(const Histogram& histogram) {
  prometheus::ClientMetric::Histogram model;
  const std::size_t bounds = std::min(histogram.bounds.size(), histogram.cumulative.size());
  for (std::size_t i = 0; i < bounds; ++i) {
    appendBucket(model.bucket, static_cast<double>(histogram.bounds[i]), histogram.cumulative[i]);
  }
  appendBucket(model.bucket, std::numeric_limits<double>::infinity(), histogram.count());
  model.sample_count = histogram.count();
  model.sample_sum = static_cast<double>(histogram.sum);
  return model;
}

}  // namespace

MetricSeries::MetricSeries(std::string_view name, std::string_view help,
                           prometheus::MetricType type) {
  family_.name = name;
  family_.help = help;
  family_.type = type;
}

void MetricSeries::add(const Labels& labels, double value) {
  prometheus::ClientMetric* const metric = append(labels);
  if (metric == nullptr) {
    return;
  }
  if (family_.type == prometheus::MetricType::Counter) {
    metric->counter.value = value;
  } else {
    metric->gauge.value = value;
  }
}

void MetricSeries::add(const Labels& labels, SystemTime value) {
  // In milliseconds, because further digits would only show how the conversion rounds.
  const auto since_epoch = std::chrono::floor<std::chrono::milliseconds>(value.time_since_epoch());
  add(labels, static_cast<double>(since_epoch.count()) / 1000.0);
}

void MetricSeries::add(const Labels& labels, const Histogram& histogram) {
  if (prometheus::ClientMetric* const metric = append(labels)) {
    metric->histogram = toModel(histogram);
  }
}

prometheus::ClientMetric* MetricSeries::append(const Labels& labels) {
  prometheus::ClientMetric metric;
  for (const auto& [name, value] : labels) {
    metric.label.push_back({std::string(name), sanitizeUtf8(value)});
  }
  if (!taken_.insert(metric.label).second) {
    return nullptr;
  }
  return &family_.metric.emplace_back(std::move(metric));
}

}  // namespace hardlink
