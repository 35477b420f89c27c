#include "http/pages.h"

#include "exposition/json/json.h"
#include "exposition/metrics/families.h"
#include "exposition/page/status_page.h"
#include "model/routes.h"

namespace hardlink {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kSharedFor{20};

Families thisProcess() {
  static const ProcessReader reader;
  return processFamilies(reader.read());
}

std::string render(const ReloadStatus& reload, MetricsFormat format) {
  if (format == MetricsFormat::open_metrics) {
    return renderOpenMetrics(exporterFamilies(reload)) + renderOpenMetrics(thisProcess()) +
           std::string(kOpenMetricsEof);
  }
  return renderText(exporterFamilies(reload)) + renderText(thisProcess());
}

std::size_t indexOf(MetricsFormat format) { return format == MetricsFormat::open_metrics ? 1 : 0; }

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

OwnMetrics::OwnMetrics() : reload_status_{true, std::chrono::system_clock::now()} {}

void OwnMetrics::setReloadStatus(const ReloadStatus& status) {
  const std::lock_guard lock(mutex_);
  reload_status_ = status;
}

std::shared_ptr<const Part> OwnMetrics::in(MetricsFormat format) {
  std::unique_lock lock(mutex_);
  Rendered& rendered = rendered_[indexOf(format)];
  if (rendered.part && rendered.reload_status == reload_status_ &&
      steady_clock::now() - rendered.when < kSharedFor) {
    return rendered.part;
  }
  const ReloadStatus reload_status = reload_status_;
  lock.unlock();
  auto part = std::make_shared<const Part>(tailPart(render(reload_status, format)));
  lock.lock();
  rendered = {steady_clock::now(), reload_status, part};
  return part;
}

}  // namespace hardlink
