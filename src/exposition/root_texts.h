#pragma once

/// The texts of a root on the status page. The page is written with them, and JSON has them for the
/// page's script, so that neither has words or rules of its own. Any thread.

#include <map>
#include <string>
#include <string_view>

#include "model/report.h"

namespace hardlink {

/// By field of page/files/root.html and row.html. Empty, or kUnknown, where the page hides the
/// entry. May hold raw names.
using RootTexts = std::map<std::string_view, std::string>;

/// Those that differ from root to root. The same fields for every root, also before its first
/// census.
[[nodiscard]] RootTexts textsOf(const RootReport& root);

/// Where the levels of alarm begin on the bar of used links: the same for every root.
[[nodiscard]] RootTexts levelMarks();

}  // namespace hardlink
