#pragma once

#include <span>
#include <string>
#include <string_view>

#include "model/report.h"

namespace hardlink {

/// The page at `/`: a table of all roots where there are several, the worst first, and the main
/// figures of each, in the order of the configuration; readable without its script, which draws the
/// rest from /api/v1/report and keeps it up to date. HTML, UTF-8; no name in the report is ever
/// markup. Links are relative, so that it also works behind a proxy that adds a prefix; files of
/// the page are under `assets/VERSION/`. `telemetry_path` starts with a slash. Any
/// thread.
[[nodiscard]] std::string renderStatusPage(const Report& report, std::string_view telemetry_path);

/// The page at `/runbook`: docs/runbook.md, with the same anchors as on GitHub.
[[nodiscard]] std::string renderRunbook();

/// A file of src/exposition/page/files/, or the runbook, which are part of the program:
/// cmake/EmbedFiles.cmake writes what follows.
struct PageFile {
  std::string_view name;
  std::string_view content;
};

[[nodiscard]] std::span<const PageFile> pageFiles();

/// Differs from that of every build with other files: lower-case hexadecimal digits.
[[nodiscard]] std::string_view pageFilesVersion();

}  // namespace hardlink
