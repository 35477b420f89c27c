#pragma once

/// One census of one root, from its configuration to its report. The daemon's workers repeat it;
/// `scan` does it once.

#include <stop_token>
#include <vector>

#include "base/error.h"
#include "census/census.h"
#include "config/types.h"
#include "model/counts.h"
#include "model/report.h"

namespace hardlink {

/// The part of a configuration that all roots share.
struct CensusSettings {
  ScanConfig scan;
  MetricsConfig metrics;

  bool operator==(const CensusSettings&) const = default;
};

struct JudgedCensus {
  Census census;
  CensusReport report;
};

/// Counts what `request` asks for with `taker`, which only this root uses, and judges it. Takes as
/// long as CensusTaker::take(), and fails if that fails.
[[nodiscard]] Result<JudgedCensus> countRoot(CensusTaker& taker, const CensusRequest& request,
                                             const CensusSettings& settings,
                                             CensusProgress& progress, const std::stop_token& stop);

/// Judges a census of a root with these settings. Pure.
[[nodiscard]] CensusReport judgeCensus(const Census& census, const CensusSettings& settings);

/// Converts `info` to the form that reports have.
[[nodiscard]] FilesystemReport describe(const FilesystemInfo& info);

/// The request for a census of `root`.
[[nodiscard]] CensusRequest censusRequest(const RootConfig& root, const CensusSettings& settings,
                                          const std::vector<KnownPath>& known_paths);

/// The first path of each hot inode that has one. The next census keeps it while it exists.
[[nodiscard]] std::vector<KnownPath> knownPaths(const std::vector<HotInode>& hot_inodes);

/// The number of inodes whose names a census records: the reported ones, and at least ten for the
/// watch.
[[nodiscard]] std::size_t watchedInodes(const MetricsConfig& metrics);

}  // namespace hardlink
