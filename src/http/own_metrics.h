#pragma once

/// The metrics of the exporter itself, which end every scrape: build, configuration, process.

#include <array>
#include <chrono>
#include <memory>
#include <mutex>

#include "exposition/metrics/families.h"
#include "http/negotiation.h"
#include "http/pages.h"

namespace hardlink {

/// Reading and rendering them costs more than the rest of a scrape, so that scrapes within 20 ms
/// share them. Every function may be called from any thread.
class OwnMetrics {
 public:
  OwnMetrics();

  void setReloadStatus(const ReloadStatus& status);
  /// With the end marker, where the format has one. Never null.
  [[nodiscard]] std::shared_ptr<const Part> in(MetricsFormat format);

 private:
  struct Rendered {
    std::chrono::steady_clock::time_point when;
    ReloadStatus reload_status;        ///< what it says of that
    std::shared_ptr<const Part> part;  ///< null before the first time
  };

  // Guards what follows, never while one renders: who is held up meanwhile must not hold up others.
  std::mutex mutex_;
  ReloadStatus reload_status_;
  std::array<Rendered, 2> rendered_;  // by format
};

}  // namespace hardlink
