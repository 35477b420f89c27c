#pragma once

/// The metrics of docs/metrics.md as families, and their text in the two formats that Prometheus
/// reads. An unknown figure has no series; a family without series is not rendered. Any thread.
///
/// A response body has the text of the report's families, rendered once per publication, then the
/// text of the scrape's own families (configuration, build, process_*), then, in OpenMetrics,
/// kOpenMetricsEof. No metric may be in both parts.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/version.h"
#include "model/report.h"

namespace prometheus {
struct MetricFamily;
}

namespace hardlink {

/// Metric families in the order in which they are served. Every label value is valid UTF-8, and no
/// two series of a family have the same labels. Move-only; any thread may read it.
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

inline constexpr std::string_view kTextContentType = "text/plain; version=0.0.4; charset=utf-8";
inline constexpr std::string_view kOpenMetricsContentType =
    "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Ends every OpenMetrics body, exactly once.
inline constexpr std::string_view kOpenMetricsEof = "# EOF\n";

/// The classic format, 0.0.4. It has no gauge histograms: each is served as three families of
/// gauges, `_bucket`, `_gcount` and `_gsum`, with the sample names of OpenMetrics.
[[nodiscard]] std::string renderText(const Families& families);

/// OpenMetrics 1.0.0, without the end marker.
[[nodiscard]] std::string renderOpenMetrics(const Families& families);

/// Figures of this process, for process_*; unset if /proc does not have them.
struct ProcessFigures {
  std::optional<double> cpu_seconds;  ///< user and system time together
  std::optional<std::uint64_t> open_fds;
  std::uint64_t max_fds = 0;  ///< the soft limit; 2^64-1 if there is none
  std::optional<std::uint64_t> virtual_memory_bytes;
  std::uint64_t virtual_memory_max_bytes = 0;  ///< as max_fds
  std::optional<std::uint64_t> resident_memory_bytes;
  std::optional<double> start_time_seconds;  ///< since the Unix epoch
  std::optional<std::uint64_t> threads;
};

/// Reads the figures of this process from /proc for every scrape. That is half of the cost of a
/// scrape, so figures that do not change are read once.
class ProcessReader {
 public:
  explicit ProcessReader(std::string proc = "/proc");

  /// Any thread.
  [[nodiscard]] ProcessFigures read() const;

 private:
  std::string proc_;
  std::optional<std::uint64_t> boot_seconds_;  // the system's start, since the Unix epoch
};

/// `figures` as metric families.
[[nodiscard]] Families processFamilies(const ProcessFigures& figures);

}  // namespace hardlink
