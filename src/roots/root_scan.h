#pragma once

#include <atomic>
#include <cstdint>
#include <stop_token>
#include <vector>

#include "census/census.h"
#include "census/count/engine.h"
#include "config/types.h"
#include "model/report.h"
#include "roots/count_root.h"

namespace hardlink {

/// Counts one root, as often as needed. Not thread-safe, except expectedNames().
class RootScanner {
 public:
  RootScanner(RootConfig root, CensusSettings settings);

  /// Takes one census now; blocks as long as countRoot(). The report has no history of earlier
  /// censuses, and a failure is in its status. After a `stop` the report has what was counted until
  /// then, and is marked CensusStatus::interrupted.
  [[nodiscard]] RootReport scan(CensusProgress& progress, const std::stop_token& stop);

  [[nodiscard]] const RootConfig& root() const { return root_; }
  /// The number of names that the last complete census counted; 0 before the first.
  [[nodiscard]] std::uint64_t expectedNames() const { return expected_names_; }

 private:
  RootConfig root_;
  CensusSettings settings_;
  CensusTaker taker_;
  std::vector<KnownPath> known_paths_;
  std::atomic<std::uint64_t> expected_names_{0};
};

/// Takes one census of `root` with a RootScanner.
[[nodiscard]] RootReport scanRoot(const RootConfig& root, const CensusSettings& settings,
                                  CensusProgress& progress);

/// The report of a root that could not be counted, with the reason.
[[nodiscard]] RootReport uncountedReport(const RootConfig& root, std::string why);

}  // namespace hardlink
