#pragma once

/// Internal to exposition/metrics: one metric family, whatever format it is rendered in.

#include <prometheus/metric_family.h>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "exposition/metrics/families.h"
#include "model/report.h"

namespace hardlink {

struct Family {
  prometheus::MetricFamily model{};
  MetricGroup group{};
  /// Of a gauge histogram (type Histogram): the values of the series in `model`, which has only
  /// their labels.
  std::vector<Histogram> histograms{};
  /// How many of the series are of the first root, of the first two, and so on. Empty if no series
  /// is of a root.
  std::vector<std::size_t> root_ends{};
};

/// The cumulative buckets of a histogram: their upper bounds, ascending, the last one +Inf, and
/// counts. Bounds above 2^53 can become equal as floating point numbers; then the last one replaces
/// the others.
[[nodiscard]] std::vector<std::pair<double, std::uint64_t>> classicBuckets(
    const Histogram& histogram);

/// Renders families one after the other, and notes where their parts are.
class Renderer {
 public:
  /// `append_head()` and `append_series(i)` add the bytes of one family.
  template <class AppendHead, class AppendSeries>
  void family(const Family& family, AppendHead append_head, AppendSeries append_series) {
    RenderedMetrics::Section section{.group = family.group, .begin = rendered_.bytes.size()};
    append_head();
    section.head_end = rendered_.bytes.size();
    std::size_t next = 0;
    for (const std::size_t end : family.root_ends) {
      for (; next < end; ++next) {
        append_series(next);
      }
      section.root_ends.push_back(rendered_.bytes.size());
    }
    for (; next < family.model.metric.size(); ++next) {
      append_series(next);
    }
    section.end = rendered_.bytes.size();
    rendered_.sections.push_back(std::move(section));
  }
  /// Puts `prefix` in front of the last family.
  void prepend(std::string_view prefix) {
    RenderedMetrics::Section& section = rendered_.sections.back();
    rendered_.bytes.insert(section.begin, prefix);
    section.begin += prefix.size();
    section.head_end += prefix.size();
    for (std::size_t& end : section.root_ends) {
      end += prefix.size();
    }
    section.end += prefix.size();
  }

  [[nodiscard]] std::string& bytes() { return rendered_.bytes; }
  [[nodiscard]] RenderedMetrics take() && { return std::move(rendered_); }

 private:
  RenderedMetrics rendered_;
};

}  // namespace hardlink
