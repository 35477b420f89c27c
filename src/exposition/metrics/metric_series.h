#pragma once

/// Internal to exposition/metrics: builds one metric family, series by series.

#include <prometheus/metric_family.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "exposition/metrics/family.h"
#include "model/report.h"

namespace hardlink {

using Labels = std::vector<std::pair<std::string_view, std::string_view>>;

class MetricSeries {
 public:
  MetricSeries(MetricGroup group, std::string_view name, std::string_view help,
               prometheus::MetricType type);

  /// Adds a series, unless its value is unknown or a series with the same labels exists. Label
  /// values may be any bytes.
  void add(const Labels& labels, double value);
  void add(const Labels& labels, const Histogram& histogram);
  void add(const Labels& labels, std::uint64_t value) { add(labels, static_cast<double>(value)); }
  void add(const Labels& labels, std::int64_t value) { add(labels, static_cast<double>(value)); }
  void add(const Labels& labels, bool value) { add(labels, value ? 1.0 : 0.0); }
  void add(const Labels& labels, SystemTime value);
  template <class Value>
  void add(const Labels& labels, const std::optional<Value>& value) {
    if (value) {
      add(labels, *value);
    }
  }

  /// Says that the series since the last root are those of the next one.
  void endRoot() { family_.root_ends.push_back(family_.model.metric.size()); }

  [[nodiscard]] Family take() && { return std::move(family_); }

 private:
  /// The new series, or null if a series with these labels exists.
  prometheus::ClientMetric* append(const Labels& labels);

  Family family_;
  std::set<std::vector<prometheus::ClientMetric::Label>> taken_;
};

}  // namespace hardlink
