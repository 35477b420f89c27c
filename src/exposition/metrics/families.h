#pragma once

/// A report as metric families: every metric of docs/metrics.md but process_*
/// (exposition/metrics/process.h). A figure that is not known has no series; a family without
/// series is left out when rendered.

#include <string_view>
#include <vector>

#include "base/version.h"
#include "model/report.h"

namespace prometheus {
struct MetricFamily;
}

namespace hardlink {

/// Metric families in the order in which they are served. Every label value is valid UTF-8 and no
/// two series of a family have the same labels. Move-only; render with exposition/metrics/text.h.
/// Reading is safe from any thread.
class Families {
 public:
  /// Takes over `families`. Those of type Histogram are served as gauge histograms.
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

/// Everything the report knows, to be rendered once per publication. The figures of a census are
/// absent until a root's first success and stay after a failure; hardlink_up is absent until its
/// first census ended; counters are always there, zero included. Where two series would have equal
/// labels (names that differ only in bytes that are not UTF-8, say) the first one stays.
[[nodiscard]] Families metricFamilies(const Report& report);

/// How the configuration was last loaded, the load at the start included.
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

/// Build information and the state of the configuration: part of every scrape, from no report.
[[nodiscard]] Families exporterFamilies(const ReloadStatus& reload, const BuildInfo& build = {});

}  // namespace hardlink
