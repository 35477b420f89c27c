#pragma once

/// A report as metric families: every metric of docs/metrics.md except process_*
/// (exposition/metrics/process.h). An unknown figure has no series; a family without series is not
/// rendered.

#include <string_view>
#include <vector>

#include "base/version.h"
#include "model/report.h"

namespace prometheus {
struct MetricFamily;
}

namespace hardlink {

/// Metric families in the order in which they are served. Every label value is valid UTF-8, and no
/// two series of a family have the same labels. Move-only; exposition/metrics/text.h renders it.
/// Any thread may read it.
class Families {
 public:
  /// Takes over `families`. A family of type Histogram is served as a gauge histogram.
  explicit Families(std::vector<prometheus::MetricFamily> families);
  Families(Families&& other) noexcept;
  Families& operator=(Families&& other) noexcept;
  Families(const Families&) = delete;
  Families& operator=(const Families&) = delete;
  ~Families();

  [[nodiscard]] const std::vector<prometheus::MetricFamily>& list() const { return families_; }

 private:
  std::vector<prometheus::MetricFamily> families_;
};

/// The metrics of a report, to be rendered once per publication. The figures of a census are absent
/// until a root's first success, and stay after a failure; hardlink_up is absent until its first
/// census has ended; counters are always there, also at zero. If two series would have equal labels
/// (for example names that differ only in bytes that are not UTF-8), only the first one is there.
[[nodiscard]] Families metricFamilies(const Report& report);

/// The result of the last load of the configuration; the first load is at the start.
struct ReloadStatus {
  bool successful = true;
  SystemTime last_success;

  bool operator==(const ReloadStatus&) const = default;
};

/// The labels of hardlink_exporter_build_info.
struct BuildInfo {
  std::string_view version = kVersion;
  std::string_view revision = kRevision;
  std::string_view compiler = kCompiler;
  std::string_view platform = kPlatform;
};

/// The state of the configuration and the build, which are part of every scrape.
[[nodiscard]] Families exporterFamilies(const ReloadStatus& reload, const BuildInfo& build = {});

}  // namespace hardlink
