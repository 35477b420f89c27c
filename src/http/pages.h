#pragma once

/// The published part of every body, rendered and compressed once per report, and the answers made
/// of it. Immutable once made; any thread.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "exposition/families.h"
#include "http/gzip.h"

namespace hardlink {

/// A body, or the part of it that is known at publication.
struct Page {
  std::string plain;
  GzipHead gzip;
};

struct Pages {
  Page text;  ///< metrics; the scrape's own follow
  Page open_metrics;
  Page json;
  Page status;
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
  Page page;
};

[[nodiscard]] std::vector<Asset> renderAssets();

/// `page` and what follows it, compressed or not.
[[nodiscard]] std::string body(const Page& page, std::string_view rest, bool gzip);

/// The metrics that belong to the scrape, not to the report: build, configuration, process.
[[nodiscard]] std::string scrapeText(const ReloadStatus& reload);
[[nodiscard]] std::string scrapeOpenMetrics(const ReloadStatus& reload);

}  // namespace hardlink
