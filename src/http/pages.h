#pragma once

/// Bodies of answers. What a report publishes is rendered and compressed once, and then immutable;
/// the exporter's own metrics are rendered anew and follow it.

#include <array>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "exposition/metrics/families.h"
#include "http/gzip.h"
#include "http/parse_request.h"

namespace hardlink {

/// A part of a body, plain and compressed.
struct Part {
  std::string plain;
  GzipPart gzip;
};

/// Metrics in one format: a part of a body, of which a client may ask for some groups and roots.
struct MetricsPart {
  RenderedMetrics plain;
  GzipPart gzip;
};

struct Pages {
  /// By format; OwnMetrics follow. There is no protobuf with HistogramForm::classic.
  std::array<MetricsPart, kMetricsFormats> metrics;
  HistogramForm histograms{};
  Part json;
  Part status;
  std::vector<std::string> waiting;      ///< the roots whose first census has not ended, by name
  std::shared_ptr<const Report> report;  ///< from which all of this was rendered
};

/// `report` must not be null.
[[nodiscard]] Pages renderPages(const std::shared_ptr<const Report>& report,
                                HistogramForm histograms, std::string_view telemetry_path);

/// A file of the status page. It is the same for every report.
struct Asset {
  std::string path;
  std::string content_type;
  Part content;
};

[[nodiscard]] std::vector<Asset> renderAssets();

/// The first part of a body, and a part that can follow any first part.
[[nodiscard]] Part headPart(std::string text);
[[nodiscard]] Part tailPart(std::string text);

/// A body of two parts, compressed or not.
[[nodiscard]] std::string body(const Part& head, const Part& tail, bool gzip);
[[nodiscard]] std::string body(const MetricsPart& head, const MetricsPart& tail, bool gzip);
/// The selected metrics of both parts. They are compressed now.
[[nodiscard]] std::string selectedBody(const MetricsPart& head, const MetricsPart& tail,
                                       MetricsFormat format, const MetricsSelection& selection,
                                       bool gzip);

/// The metrics of the exporter itself, which end every scrape: build, configuration, process.
/// Reading and rendering them costs more than the rest of a scrape, so scrapes within 20 ms share
/// them. Every function may be called from any thread.
class OwnMetrics {
 public:
  /// `process`: whether there are process_*.
  explicit OwnMetrics(bool process = true);

  void setReloadStatus(const ReloadStatus& status);
  /// With the end marker, if the format has one. Never null.
  [[nodiscard]] std::shared_ptr<const MetricsPart> in(MetricsFormat format);

 private:
  struct Rendered {
    std::chrono::steady_clock::time_point when;
    ReloadStatus reload_status;               ///< as rendered in `part`
    std::shared_ptr<const MetricsPart> part;  ///< null before the first time
  };
  [[nodiscard]] MetricsPart render(const ReloadStatus& reload, MetricsFormat format) const;

  const bool process_;
  // Guards what follows. Not held while a thread renders, so that other threads need not wait.
  std::mutex mutex_;
  ReloadStatus reload_status_;
  std::array<Rendered, kMetricsFormats> rendered_;  // by format
};

}  // namespace hardlink
