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

std::string_view endOf(MetricsFormat format) {
  return format == MetricsFormat::open_metrics ? kOpenMetricsEof : std::string_view();
}

MetricsPart headPart(const Families& families, MetricsFormat format, HistogramForm histograms) {
  RenderedMetrics metrics = render(families, format, histograms);
  GzipPart gzip = gzipHead(metrics.bytes);
  return {std::move(metrics), std::move(gzip)};
}

std::string contentType(std::string_view name) {
  if (name.ends_with(".js")) {
    return "text/javascript; charset=utf-8";
  }
  return name.ends_with(".css") ? "text/css; charset=utf-8" : "image/svg+xml";
}

}  // namespace

Pages renderPages(const std::shared_ptr<const Report>& report, HistogramForm histograms,
                  std::string_view telemetry_path) {
  const Families families = metricFamilies(*report);
  const bool has_protobuf = histograms != HistogramForm::classic;
  Pages pages{.metrics = {headPart(families, MetricsFormat::text, histograms),
                          headPart(families, MetricsFormat::open_metrics, histograms),
                          has_protobuf ? headPart(families, MetricsFormat::protobuf, histograms)
                                       : MetricsPart{}},
              .histograms = histograms,
              .json = headPart(renderJson(*report)),
              .status = headPart(renderStatusPage(*report, telemetry_path)),
              .waiting = {},
              .report = report};
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
    if (file.name.ends_with(".html") || file.name.ends_with(".md")) {
      continue;  // a part of a page itself
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

std::string body(const MetricsPart& head, const MetricsPart& tail, bool gzip) {
  return gzip ? gzipWhole(head.gzip, tail.gzip) : head.plain.bytes + tail.plain.bytes;
}

std::string selectedBody(const MetricsPart& head, const MetricsPart& tail, MetricsFormat format,
                         const MetricsSelection& selection, bool gzip) {
  std::string selected;
  appendSelected(head.plain, selection, selected);
  appendSelected(tail.plain, selection, selected);
  selected += endOf(format);
  return gzip ? gzipWhole(gzipHead({}), gzipTail(selected)) : selected;
}

OwnMetrics::OwnMetrics(bool process)
    : process_(process), reload_status_{true, std::chrono::system_clock::now()} {}

void OwnMetrics::setReloadStatus(const ReloadStatus& status) {
  const std::lock_guard lock(mutex_);
  reload_status_ = status;
}

MetricsPart OwnMetrics::render(const ReloadStatus& reload, MetricsFormat format) const {
  Families families = exporterFamilies(reload);
  if (process_) {
    families.append(thisProcess());
  }
  RenderedMetrics metrics = hardlink::render(families, format, HistogramForm::classic);
  metrics.bytes += endOf(format);
  GzipPart gzip = gzipTail(metrics.bytes);
  return {std::move(metrics), std::move(gzip)};
}

std::shared_ptr<const MetricsPart> OwnMetrics::in(MetricsFormat format) {
  std::unique_lock lock(mutex_);
  Rendered& rendered = rendered_.at(static_cast<std::size_t>(format));
  if (rendered.part && rendered.reload_status == reload_status_ &&
      steady_clock::now() - rendered.when < kSharedFor) {
    return rendered.part;
  }
  const ReloadStatus reload_status = reload_status_;
  lock.unlock();
  auto part = std::make_shared<const MetricsPart>(render(reload_status, format));
  lock.lock();
  rendered = {steady_clock::now(), reload_status, part};
  return part;
}

}  // namespace hardlink
