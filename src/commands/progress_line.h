#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <thread>

#include "census/count/engine.h"

namespace hardlink {

/// Shows the progress of a census in one line on standard error, as long as the object exists; the
/// destructor clears the line. Does nothing unless standard error is a terminal whose cursor can be
/// moved.
class ProgressLine {
 public:
  /// Returns the text for a terminal of `width` columns, in UTF-8 or ASCII. Called in the line's
  /// own thread.
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

/// The line's text, in less than `width` columns, in UTF-8 or ASCII: counts, rate and elapsed time.
/// Also the time left, if `expected_names`, the number that the last census counted, is not 0.
[[nodiscard]] std::string progressText(const std::string& path, const CensusProgress& progress,
                                       double elapsed_seconds, std::uint64_t expected_names,
                                       std::size_t width, bool utf8);

}  // namespace hardlink
