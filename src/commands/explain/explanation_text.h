#pragma once

/// One file explained, for people and for machines. Any thread.

#include <string>

#include "commands/explain/explanation.h"
#include "exposition/terminal/table.h"

namespace hardlink {

/// For people. UTF-8 without control characters but newlines and colours, whatever is in the names.
/// `options.top` is the number of rows of each list but that of the paths.
[[nodiscard]] std::string renderExplanation(const Explanation& explanation,
                                            const TableOptions& options);

/// One JSON object and a newline. Figures that are not known are null; bytes that are not UTF-8 are
/// `\xNN`.
[[nodiscard]] std::string renderExplanationJson(const Explanation& explanation);

}  // namespace hardlink
