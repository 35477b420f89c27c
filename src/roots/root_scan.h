#pragma once

#include <atomic>
#include <cstdint>
#include <stop_token>
#include <vector>

#include "census/census.h"
#include "census/count/engine.h"
#include "config/types.h"
#include "model/report.h"
#include "roots/survey.h"

namespace hardlink {

/// Counts one root, once or again and again. Not thread-safe, save for expectedNames().
class RootScanner {
 public:
  RootScanner(RootConfig root, SurveySettings settings);

  /// One census, now, as the only one there ever was: a failure is in the report's status. Takes as
  /// long as surveyRoot(). Where `stop` is requested, what was counted until then is in the report,
  /// which is CensusStatus::interrupted.
  [[nodiscard]] RootReport scan(CensusProgress& progress, const std::stop_token& stop);

  [[nodiscard]] const RootConfig& root() const { return root_; }
  /// Names that the last whole census counted; 0 before.
  [[nodiscard]] std::uint64_t expectedNames() const { return expected_names_; }

 private:
  RootConfig root_;
  SurveySettings settings_;
  CensusTaker taker_;
  std::vector<KnownPath> known_paths_;
  std::atomic<std::uint64_t> expected_names_{0};
};

/// One census of `root`, by a RootScanner.
[[nodiscard]] RootReport scanRoot(const RootConfig& root, const SurveySettings& settings,
                                  CensusProgress& progress);

/// The report of a root that could not be counted, and why.
[[nodiscard]] RootReport notCounted(const RootConfig& root, std::string why);

}  // namespace hardlink
