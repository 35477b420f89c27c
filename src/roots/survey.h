#pragma once

/// One census of one root, from its configuration to its report. What the daemon's workers do again
/// and again, and `scan` does once.

#include <chrono>
#include <stop_token>
#include <vector>

#include "base/error.h"
#include "census/census.h"
#include "config/types.h"
#include "model/counts.h"
#include "model/report.h"

namespace hardlink {

/// What of a configuration every root shares.
struct SurveySettings {
  ScanConfig scan;
  MetricsConfig metrics;

  bool operator==(const SurveySettings&) const = default;
};

struct Survey {
  Census census;
  CensusReport report;
};

/// Counts and judges `root` by `taker`, which is the root's own. Fails where CensusTaker::take()
/// does, and takes as long.
[[nodiscard]] Result<Survey> surveyRoot(CensusTaker& taker, const RootConfig& root,
                                        const SurveySettings& settings,
                                        const std::vector<KnownPath>& known_paths,
                                        CensusProgress& progress, const std::stop_token& stop);

/// Judges a census of a root with these settings. Pure.
[[nodiscard]] CensusReport judgeCensus(const Census& census, const SurveySettings& settings);

/// `info` as the report has it.
[[nodiscard]] FilesystemReport describe(const FilesystemInfo& info);

/// What is asked of census/ for `root`.
[[nodiscard]] CensusRequest censusRequest(const RootConfig& root, const SurveySettings& settings,
                                          const std::vector<KnownPath>& known_paths);

/// The first path of each hot inode that has one, for the next census to keep while it holds.
[[nodiscard]] std::vector<KnownPath> knownPaths(const std::vector<HotInode>& hot_inodes);

/// How many inodes a census finds names for: those reported, and enough for the watch.
[[nodiscard]] std::size_t watchedInodes(const MetricsConfig& metrics);

}  // namespace hardlink
