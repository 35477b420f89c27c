#include "http/pages.h"

#include "exposition/json/json.h"
#include "exposition/metrics/text.h"
#include "exposition/page/page_files.h"
#include "exposition/page/status_page.h"
#include "model/routes.h"

namespace hardlink {
namespace {

std::string contentType(std::string_view name) {
  if (name.ends_with(".js")) {
    return "text/javascript; charset=utf-8";
  }
  return name.ends_with(".css") ? "text/css; charset=utf-8" : "image/svg+xml";
}

}  // namespace

Pages renderPages(const std::shared_ptr<const Report>& report, std::string_view telemetry_path) {
  const Families families = metricFamilies(*report);
  Pages pages{headPart(renderText(families)),
              headPart(renderOpenMetrics(families)),
              headPart(renderJson(*report)),
              headPart(renderStatusPage(*report, telemetry_path)),
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
    std::string path(kAssets);
    path.append("/").append(pageFilesVersion()).append("/").append(file.name);
    assets.push_back(
        {std::move(path), contentType(file.name), headPart(std::string(file.content))});
  }
  return assets;
}

Part headPart(std::string text) {
  GzipPart gzip = gzipHead(text);
  return {std::move(text), std::move(gzip)};
}

Part tailPart(std::string text) {
  GzipPart gzip = gzipTail(text);
  return {std::move(text), std::move(gzip)};
}

std::string body(const Part& head, const Part& tail, bool gzip) {
  return gzip ? gzipWhole(head.gzip, tail.gzip) : head.plain + tail.plain;
}

}  // namespace hardlink
