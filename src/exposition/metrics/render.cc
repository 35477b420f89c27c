#include "exposition/metrics/families.h"

namespace hardlink {

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

}  // namespace hardlink
