#include "http/pages.h"

#include "exposition/json.h"
#include "exposition/page_files.h"
#include "exposition/process.h"
#include "exposition/status_page.h"
#include "exposition/text.h"

namespace hardlink {
namespace {

Page page(std::string body) {
  GzipHead head = gzipHead(body);
  return {std::move(body), std::move(head)};
}

Families thisProcess() {
  static const ProcessReader reader;
  return processFamilies(reader.read());
}

std::string contentType(std::string_view name) {
  if (name.ends_with(".js")) {
    return "text/javascript; charset=utf-8";
  }
  return name.ends_with(".css") ? "text/css; charset=utf-8" : "image/svg+xml";
}

}  // namespace

Pages renderPages(const std::shared_ptr<const Report>& report, std::string_view telemetry_path) {
  const Families families = metricFamilies(*report);
  Pages pages{page(renderText(families)),
              page(renderOpenMetrics(families)),
              page(renderJson(*report)),
              page(renderStatusPage(*report, telemetry_path)),
              {},
              report};
  for (const RootReport& root : report->roots) {
    if (!root.status.up) {
      pages.waiting.push_back(root.name);
    }
  }
  return pages;
}

std::vector<Asset> renderAssets() {
  std::vector<Asset> assets;
  for (const PageFile& file : pageFiles()) {
    if (file.name.ends_with(".html")) {
      continue;  // a part of the page itself
    }
    std::string path = "/assets/";
    path.append(pageFilesVersion()).append("/").append(file.name);
    assets.push_back({std::move(path), contentType(file.name), page(std::string(file.content))});
  }
  return assets;
}

std::string body(const Page& page, std::string_view rest, bool gzip) {
  return gzip ? gzipWhole(page.gzip, rest) : page.plain + std::string(rest);
}

std::string scrapeText(const ReloadStatus& reload) {
  return renderText(exporterFamilies(reload)) + renderText(thisProcess());
}

std::string scrapeOpenMetrics(const ReloadStatus& reload) {
  return renderOpenMetrics(exporterFamilies(reload)) + renderOpenMetrics(thisProcess()) +
         std::string(kOpenMetricsEof);
}

}  // namespace hardlink
