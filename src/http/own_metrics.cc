#include "http/own_metrics.h"

#include <string>

#include "exposition/metrics/process.h"
#include "exposition/metrics/text.h"

namespace hardlink {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kShared{20};

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

}  // namespace

OwnMetrics::OwnMetrics() : reload_status_{true, std::chrono::system_clock::now()} {}

void OwnMetrics::setReloadStatus(const ReloadStatus& status) {
  const std::lock_guard lock(mutex_);
  reload_status_ = status;
}

std::shared_ptr<const Part> OwnMetrics::in(MetricsFormat format) {
  std::unique_lock lock(mutex_);
  Rendered& rendered = rendered_[indexOf(format)];
  if (rendered.part && rendered.reload_status == reload_status_ &&
      steady_clock::now() - rendered.when < kShared) {
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
