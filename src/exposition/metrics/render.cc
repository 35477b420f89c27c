#include "exposition/metrics/families.h"

namespace hardlink {

std::string_view contentType(MetricsFormat format) {
  switch (format) {
    case MetricsFormat::text:
      return "text/plain; version=0.0.4; charset=utf-8";
    case MetricsFormat::open_metrics:
      return "application/openmetrics-text; version=1.0.0; charset=utf-8";
  }
  return {};
}

RenderedMetrics render(const Families& families, MetricsFormat format) {
  switch (format) {
    case MetricsFormat::text:
      return renderText(families);
    case MetricsFormat::open_metrics:
      return renderOpenMetrics(families);
  }
  return {};
}

}  // namespace hardlink
