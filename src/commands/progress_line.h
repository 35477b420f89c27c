#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <thread>

#include "census/count/engine.h"

namespace hardlink {

/// While it exists, keeps one line on standard error up to date with how far a census is; clears it
/// at the end. Does nothing where standard error is not a terminal whose cursor can be moved.
class ProgressLine {
 public:
  /// The text for a terminal of that many columns, in UTF-8 or ASCII; called in the line's own
  /// thread.
  using Text = std::function<std::string(std::size_t width, bool utf8)>;

  explicit ProgressLine(Text text);
  /// `progress` must outlive this.
  ProgressLine(const std::string& path, const CensusProgress& progress);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

 private:
  std::jthread thread_;
};

/// The line's text, less than `width` columns, in UTF-8 or ASCII: counts, rate and elapsed time,
/// and what is left where `expected_names` (as many as the census before had counted) is not 0.
[[nodiscard]] std::string progressText(const std::string& path, const CensusProgress& progress,
                                       double elapsed_seconds, std::uint64_t expected_names,
                                       std::size_t width, bool utf8);

}  // namespace hardlink
