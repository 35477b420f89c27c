#include "http/pages.h"

#include "exposition/json.h"
#include "exposition/landing_page.h"
#include "exposition/process.h"
#include "exposition/text.h"

namespace hardlink {
namespace {

Page page(std::string body) {
  GzipHead head = gzipHead(body);
  return {std::move(body), std::move(head)};
}

}  // namespace

Pages renderPages(const Report& report, std::string_view telemetry_path) {
  const Families families = metricFamilies(report);
  Pages pages{page(renderText(families)),
              page(renderOpenMetrics(families)),
              page(renderJson(report)),
              page(renderLandingPage(report, telemetry_path)),
              {}};
  for (const RootReport& root : report.roots) {
    if (!root.status.up) {
      pages.waiting.push_back(root.name);
    }
  }
  return pages;
}

std::string body(const Page& page, std::string_view rest, bool gzip) {
  return gzip ? gzipWhole(page.gzip, rest) : page.plain + std::string(rest);
}

std::string scrapeText(const ReloadStatus& reload) {
  return renderText(exporterFamilies(reload)) + renderText(processFamilies());
}

std::string scrapeOpenMetrics(const ReloadStatus& reload) {
  return renderOpenMetrics(exporterFamilies(reload)) + renderOpenMetrics(processFamilies()) +
         std::string(kOpenMetricsEof);
}

}  // namespace hardlink
