#include "exposition/metrics/families.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <utility>

#include "exposition/number.h"

namespace hardlink {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

MetricFamily emptyGauge(const MetricFamily& histogram, const char* suffix) {
  MetricFamily family;
  family.name = histogram.name + suffix;
  family.help = histogram.help;
  family.type = MetricType::Gauge;
  return family;
}

void addGauge(MetricFamily& family, std::vector<ClientMetric::Label> labels, double value) {
  ClientMetric metric;
  metric.label = std::move(labels);
  metric.gauge.value = value;
  family.metric.push_back(std::move(metric));
}

void addBuckets(MetricFamily& family, const ClientMetric& metric) {
  for (const ClientMetric::Bucket& bucket : metric.histogram.bucket) {
    auto labels = metric.label;
    labels.push_back({"le", canonicalFloat(bucket.upper_bound)});
    addGauge(family, std::move(labels), static_cast<double>(bucket.cumulative_count));
  }
}

void appendAsGauges(std::vector<MetricFamily>& out, const MetricFamily& histogram) {
  MetricFamily bucket = emptyGauge(histogram, "_bucket");
  MetricFamily gcount = emptyGauge(histogram, "_gcount");
  MetricFamily gsum = emptyGauge(histogram, "_gsum");
  for (const ClientMetric& metric : histogram.metric) {
    addBuckets(bucket, metric);
    addGauge(gcount, metric.label, static_cast<double>(metric.histogram.sample_count));
    addGauge(gsum, metric.label, metric.histogram.sample_sum);
  }
  out.push_back(std::move(bucket));
  out.push_back(std::move(gcount));
  out.push_back(std::move(gsum));
}

}  // namespace

std::string renderText(const Families& families) {
  std::vector<MetricFamily> classic;
  for (const MetricFamily& family : families.list()) {
    if (family.metric.empty()) {
      continue;
    }
    if (family.type == MetricType::Histogram) {
      appendAsGauges(classic, family);
    } else {
      classic.push_back(family);
    }
  }
  return prometheus::TextSerializer().Serialize(classic);
}

}  // namespace hardlink
