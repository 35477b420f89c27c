#include <prometheus/text_serializer.h>

#include <utility>

#include "exposition/metrics/family.h"
#include "exposition/number.h"

namespace hardlink {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricType;

Family gaugesOf(const Family& histogram, const char* suffix) {
  Family gauges{.group = histogram.group};
  gauges.model.name = histogram.model.name + suffix;
  gauges.model.help = histogram.model.help;
  gauges.model.type = MetricType::Gauge;
  return gauges;
}

void addGauge(Family& family, std::vector<ClientMetric::Label> labels, double value) {
  ClientMetric metric;
  metric.label = std::move(labels);
  metric.gauge.value = value;
  family.model.metric.push_back(std::move(metric));
}

void addBuckets(Family& family, const ClientMetric& metric, const Histogram& histogram) {
  for (const auto& [bound, count] : classicBuckets(histogram)) {
    auto labels = metric.label;
    labels.push_back({"le", canonicalFloat(bound)});
    addGauge(family, std::move(labels), static_cast<double>(count));
  }
}

std::vector<Family> asGauges(const Family& histogram) {
  Family bucket = gaugesOf(histogram, "_bucket");
  Family gcount = gaugesOf(histogram, "_gcount");
  Family gsum = gaugesOf(histogram, "_gsum");
  gcount.root_ends = histogram.root_ends;
  gsum.root_ends = histogram.root_ends;
  std::size_t next = 0;
  for (const std::size_t end : histogram.root_ends) {
    for (; next < end; ++next) {
      const ClientMetric& metric = histogram.model.metric[next];
      const Histogram& value = histogram.histograms[next];
      addBuckets(bucket, metric, value);
      addGauge(gcount, metric.label, static_cast<double>(value.count()));
      addGauge(gsum, metric.label, static_cast<double>(value.sum));
    }
    bucket.root_ends.push_back(bucket.model.metric.size());
  }
  return {std::move(bucket), std::move(gcount), std::move(gsum)};
}

/// The lines of the text one after the other, each with its end.
class Lines {
 public:
  explicit Lines(std::string_view text) : left_(text) {}
  std::string_view next() {
    const std::string_view line = left_.substr(0, left_.find('\n') + 1);
    left_.remove_prefix(line.size());
    return line;
  }

 private:
  std::string_view left_;
};

void append(Renderer& out, const Family& family) {
  const std::string text = prometheus::TextSerializer().Serialize({family.model});
  Lines lines(text);
  out.family(
      family,
      [&] {
        out.bytes() += lines.next();  // HELP
        out.bytes() += lines.next();  // TYPE
      },
      [&](std::size_t /*index*/) { out.bytes() += lines.next(); });
}

}  // namespace

RenderedMetrics renderText(const Families& families, HistogramForm histograms) {
  Renderer out;
  for (const Family& family : families.list()) {
    if (family.model.metric.empty()) {
      continue;
    }
    if (family.model.type != MetricType::Histogram) {
      append(out, family);
    } else if (histograms != HistogramForm::native) {
      for (const Family& gauges : asGauges(family)) {
        append(out, gauges);
      }
    }
  }
  return std::move(out).take();
}

}  // namespace hardlink
