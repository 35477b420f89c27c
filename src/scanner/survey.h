#pragma once

/// One census of one root, from its configuration to its report. What the daemon's workers do again
/// and again, and `scan` does once.

#include <chrono>
#include <stop_token>
#include <vector>

#include "base/counts.h"
#include "base/error.h"
#include "census/engine.h"
#include "config/types.h"
#include "filesystem/filesystem.h"
#include "report/report.h"

namespace hardlink {

/// What of a configuration every root shares.
struct SurveySettings {
  ScanConfig scan;
  MetricsConfig metrics;

  bool operator==(const SurveySettings&) const = default;
};

struct Survey {
  RootCounts counts;
  FilesystemInfo filesystem;
  CensusReport report;
};

/// Counts and judges `root`. Fails where CensusEngine::count() does, where the filesystem cannot be
/// told, and on a network filesystem that nobody named. Blocks as long as the census does.
[[nodiscard]] Result<Survey> surveyRoot(const RootConfig& root, const SurveySettings& settings,
                                        const std::vector<KnownPath>& known_paths,
                                        CensusProgress& progress, std::stop_token stop);

/// How many inodes a census finds names for: those reported, and enough for the watch.
[[nodiscard]] std::size_t watchedInodes(const MetricsConfig& metrics);

}  // namespace hardlink
