// The OpenMetrics 1.0.0 text format, which prometheus-cpp does not write.

#include <prometheus/metric_family.h>

#include "exposition/metrics/family.h"
#include "exposition/number.h"

namespace hardlink {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

void appendEscaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') {
      out += '\\';
    }
    out += c;
  }
}

/// The family's name, without the `_total` that the samples of a counter add.
std::string_view familyName(const MetricFamily& family) {
  static constexpr std::string_view kSuffix = "_total";
  std::string_view name = family.name;
  if (family.type == MetricType::Counter && name.ends_with(kSuffix)) {
    name.remove_suffix(kSuffix.size());
  }
  return name;
}

std::string_view typeName(MetricType type) {
  switch (type) {
    case MetricType::Counter:
      return "counter";
    case MetricType::Gauge:
      return "gauge";
    case MetricType::Histogram:
      return "gaugehistogram";
    default:
      return "unknown";
  }
}

void appendSample(std::string& out, std::string_view family, std::string_view suffix,
                  const std::vector<ClientMetric::Label>& labels, double value) {
  out.append(family).append(suffix);
  std::string_view separator = "{";
  for (const ClientMetric::Label& label : labels) {
    out.append(separator).append(label.name).append("=\"");
    appendEscaped(out, label.value);
    out += '"';
    separator = ",";
  }
  out.append(labels.empty() ? " " : "} ").append(sampleValue(value)).append("\n");
}

void appendGaugeHistogram(std::string& out, std::string_view family, const ClientMetric& metric,
                          const Histogram& histogram) {
  auto labels = metric.label;
  labels.push_back({"le", ""});
  for (const auto& [bound, count] : classicBuckets(histogram)) {
    labels.back().value = canonicalFloat(bound);
    appendSample(out, family, "_bucket", labels, static_cast<double>(count));
  }
  const auto count = static_cast<double>(histogram.count());
  appendSample(out, family, "_gcount", metric.label, count);
  appendSample(out, family, "_gsum", metric.label, static_cast<double>(histogram.sum));
}

void appendHead(std::string& out, const MetricFamily& family) {
  const std::string_view name = familyName(family);
  out.append("# HELP ").append(name).append(" ");
  appendEscaped(out, family.help);
  out.append("\n# TYPE ").append(name).append(" ").append(typeName(family.type)).append("\n");
}

void appendSeries(std::string& out, const Family& family, std::size_t index) {
  const std::string_view name = familyName(family.model);
  const ClientMetric& metric = family.model.metric[index];
  switch (family.model.type) {
    case MetricType::Counter:
      appendSample(out, name, "_total", metric.label, metric.counter.value);
      break;
    case MetricType::Histogram:
      appendGaugeHistogram(out, name, metric, family.histograms[index]);
      break;
    default:
      appendSample(out, name, "", metric.label, metric.gauge.value);
  }
}

}  // namespace

RenderedMetrics renderOpenMetrics(const Families& families, HistogramForm histograms) {
  Renderer out;
  for (const Family& family : families.list()) {
    const bool is_left_out =
        family.model.type == MetricType::Histogram && histograms == HistogramForm::native;
    if (!family.model.metric.empty() && !is_left_out) {
      out.family(
          family, [&] { appendHead(out.bytes(), family.model); },
          [&](std::size_t index) { appendSeries(out.bytes(), family, index); });
    }
  }
  return std::move(out).take();
}

}  // namespace hardlink
