#pragma once

#include <cstddef>
#include <string>

#include "report/report.h"

namespace hardlink {

struct TableOptions {
  /// Columns of the terminal; 0 for no limit. With a limit, names are shortened to fit and those
  /// of Docker's layers are cut to 12 digits.
  std::size_t width = 0;
  bool color = false;    ///< whether to mark what matters with ANSI colours
  std::size_t top = 10;  ///< rows of each list
};

/// The report for people: per root how many layers are left, what binds it, what was counted, the
/// hottest inodes, the tightest layers and images. UTF-8 without control characters but newlines
/// and, if asked for, colours, whatever is in the names. Any thread.
[[nodiscard]] std::string renderTable(const Report& report, const TableOptions& options);

}  // namespace hardlink
