#pragma once

#include <memory>
#include <string>
#include <thread>

#include "census/engine.h"

namespace hardlink {

/// While it exists, keeps one line on standard error up to date with how far a census is; clears it
/// at the end. Does nothing where standard error is not a terminal.
class ProgressLine {
 public:
  /// `progress` must outlive this.
  ProgressLine(const std::string& path, const CensusProgress& progress);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

 private:
  std::jthread thread_;
};

/// The line's text, at most `width` columns: counts, rate and elapsed time.
[[nodiscard]] std::string progressText(const std::string& path, const CensusProgress& progress,
                                       double elapsed_seconds, std::size_t width);

}  // namespace hardlink
