#pragma once

/// The published part of every body, rendered and compressed once per report, and the answers made
/// of it. Immutable once made; any thread.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "exposition/metrics/families.h"
#include "http/gzip.h"

namespace hardlink {

/// A part of a body, plain and compressed.
struct Part {
  std::string plain;
  GzipPart gzip;
};

struct Pages {
  Part text;  ///< metrics; those of http/own_metrics.h follow
  Part open_metrics;
  Part json;
  Part status;
  std::vector<std::string> waiting;      ///< names of the roots whose first census has not ended
  std::shared_ptr<const Report> report;  ///< what all of this was made of
};

/// `report` must not be null.
[[nodiscard]] Pages renderPages(const std::shared_ptr<const Report>& report,
                                std::string_view telemetry_path);

/// The files of the status page, which are the same in every report: path of the route, type and
/// content.
struct Asset {
  std::string path;
  std::string content_type;
  Part content;
};

[[nodiscard]] std::vector<Asset> renderAssets();

/// The first part of a body, and one that can follow any first part.
[[nodiscard]] Part headPart(std::string text);
[[nodiscard]] Part tailPart(std::string text);

/// A body of two parts, compressed or not.
[[nodiscard]] std::string body(const Part& head, const Part& tail, bool gzip);

}  // namespace hardlink
