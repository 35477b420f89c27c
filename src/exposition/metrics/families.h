#pragma once

/// The metrics of docs/metrics.md as families, and their bytes in the formats that Prometheus
/// reads. An unknown figure has no series; a family without series is not rendered. Any thread.
///
/// A response body has the bytes of the report's families, rendered once per publication, then the
/// bytes of the scrape's own families (configuration, build, process_*), then, in OpenMetrics,
/// kOpenMetricsEof. No metric may be in both parts. A client can ask for some of the groups and
/// roots; its body is joined from parts of these bytes (appendSelected()).

#include <array>
#include <bitset>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/names.h"
#include "base/version.h"
#include "model/report.h"

namespace hardlink {

/// The parts of a scrape that a client can ask for or leave out; docs/metrics.md says which metrics
/// are in which group.
enum class MetricGroup : std::uint8_t {
  layers,
  images,
  hot_inodes,
  histograms,
  census,
  process,
  roots
};
template <>
inline constexpr std::array<Name<MetricGroup>, 7> kNames<MetricGroup> = {
    {{MetricGroup::layers, "layers"},
     {MetricGroup::images, "images"},
     {MetricGroup::hot_inodes, "hot_inodes"},
     {MetricGroup::histograms, "histograms"},
     {MetricGroup::census, "census"},
     {MetricGroup::process, "process"},
     {MetricGroup::roots, "roots"}}};

struct Family;  // exposition/metrics/family.h

/// Metric families in the order in which they are served. Every label value is valid UTF-8, and no
/// two series of a family have the same labels. Move-only; any thread may read it.
class Families {
 public:
  explicit Families(std::vector<Family> families);
  Families(Families&& other) noexcept;
  Families& operator=(Families&& other) noexcept;
  Families(const Families&) = delete;
  Families& operator=(const Families&) = delete;
  ~Families();

  [[nodiscard]] const std::vector<Family>& list() const { return families_; }
  void append(Families more);

 private:
  std::vector<Family> families_;
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
  /// Of the configuration in use.
  std::optional<std::chrono::milliseconds> scan_interval = std::nullopt;

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

enum class MetricsFormat : std::uint8_t { text, open_metrics, protobuf };
inline constexpr std::size_t kMetricsFormats = 3;

/// The value of the header Content-Type, without its parameter `escaping`.
[[nodiscard]] std::string_view contentType(MetricsFormat format);

/// Ends every OpenMetrics body, exactly once.
inline constexpr std::string_view kOpenMetricsEof = "# EOF\n";

/// Families in one format, and where each of them is in the bytes.
struct RenderedMetrics {
  /// Offsets into `bytes`: first what introduces the family, then the series of one root after the
  /// other.
  struct Section {
    MetricGroup group{};
    std::size_t begin = 0;
    std::size_t head_end = 0;
    std::vector<std::size_t> root_ends{};  ///< by root; empty if the series are of no root
    std::size_t end = 0;
  };

  std::string bytes;
  std::vector<Section> sections;
  /// Whether the length of each section, as a varint, is in front of it.
  bool delimited = false;
};

/// The text formats have the classic buckets of histograms, and no histograms with
/// HistogramForm::native, since they cannot have the others.

/// The classic format, 0.0.4. It has no gauge histograms: each is served as three families of
/// gauges, `_bucket`, `_gcount` and `_gsum`, with the sample names of OpenMetrics.
[[nodiscard]] RenderedMetrics renderText(const Families& families,
                                         HistogramForm histograms = HistogramForm::classic);

/// OpenMetrics 1.0.0, without the end marker.
[[nodiscard]] RenderedMetrics renderOpenMetrics(const Families& families,
                                                HistogramForm histograms = HistogramForm::classic);

/// Messages of io.prometheus.client.MetricFamily (metrics.proto of prometheus/client_model), each
/// with its length in front.
[[nodiscard]] RenderedMetrics renderProtobuf(const Families& families, HistogramForm histograms);

[[nodiscard]] RenderedMetrics render(const Families& families, MetricsFormat format,
                                     HistogramForm histograms);

/// What a client asks for.
struct MetricsSelection {
  /// By MetricGroup.
  std::bitset<kNames<MetricGroup>.size()> groups = std::bitset<kNames<MetricGroup>.size()>().set();
  /// Indexes into Report::roots, ascending; unset: all. Metrics of no root are always selected.
  std::optional<std::vector<std::size_t>> roots{};
};

/// Appends the selected parts of `metrics`. A family of which no series is selected is left out.
void appendSelected(const RenderedMetrics& metrics, const MetricsSelection& selection,
                    std::string& out);

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
