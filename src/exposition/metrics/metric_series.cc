#include "exposition/metrics/metric_series.h"

#include <chrono>

#include "base/utf8.h"

namespace hardlink {

MetricSeries::MetricSeries(MetricGroup group, std::string_view name, std::string_view help,
                           prometheus::MetricType type) {
  family_.group = group;
  family_.model.name = name;
  family_.model.help = help;
  family_.model.type = type;
}

void MetricSeries::add(const Labels& labels, double value) {
  prometheus::ClientMetric* const metric = append(labels);
  if (metric == nullptr) {
    return;
  }
  if (family_.model.type == prometheus::MetricType::Counter) {
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
  if (append(labels) != nullptr) {
    family_.histograms.push_back(histogram);
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
  return &family_.model.metric.emplace_back(std::move(metric));
}

}  // namespace hardlink
