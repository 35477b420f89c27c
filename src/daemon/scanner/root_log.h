#pragma once

#include <string>
#include <vector>

#include "model/report.h"

namespace hardlink {

/// The log lines about the censuses of one root. What stays the same from census to census is
/// logged once; the metrics say how long it lasts. Not thread-safe.
class RootLog {
 public:
  explicit RootLog(std::string root) : root_(std::move(root)) {}

  void censusSucceeded(const CensusReport& census, double duration_seconds);
  /// RootCounts::contradictions of the same census.
  void contradictions(const std::vector<std::string>& units) const;
  void censusFailed(const std::string& error);
  /// What is wrong with Docker's own files; empty: nothing.
  void imageProblems(const std::vector<std::string>& problems);

 private:
  void figures(const CensusReport& census, double duration_seconds) const;
  void layout(const CensusReport& census);
  void refusedLimit(const FilesystemReport& filesystem);

  const std::string root_;  // its name
  // What was logged last.
  std::string layout_reason_;
  std::string limit_warning_;
  std::string error_;
  std::vector<std::string> image_problems_;
};

}  // namespace hardlink
