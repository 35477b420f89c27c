#pragma once

#include <cstddef>
#include <string>

#include "model/report.h"

namespace hardlink {

struct TableOptions {
  /// Columns of the terminal; 0 for no limit. With a limit, names are shortened to fit, those of
  /// Docker's layers are cut to 12 digits, lists leave columns out, and there are bars.
  std::size_t width = 0;
  bool color = false;    ///< whether to mark what matters with ANSI colours
  std::size_t top = 10;  ///< rows of each list
  bool human = false;    ///< 59.3k in place of 59,297
  bool utf8 = true;      ///< false: ASCII only, other characters of names as `\xNN`
  /// The report before this one, to show what has changed since; null if there is none. To outlive
  /// the rendering.
  const Report* before = nullptr;
};

/// The report for people: per root how many layers (or snapshots, or copies: layerWords()) are
/// left, what binds it, what kind of tree it is, what was counted, the tightest series, the hottest
/// inodes, what is stored and what links save, the tightest layers and images. UTF-8 without
/// control characters but newlines and, if asked for, colours, whatever is in the names. No line is
/// wider than the limit, from 40 columns on. Any thread.
[[nodiscard]] std::string renderTable(const Report& report, const TableOptions& options);

}  // namespace hardlink
