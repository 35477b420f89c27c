#pragma once

/// Whether an image would extract, for people and for machines. Any thread.

#include <string>

#include "commands/preflight/preflight_report.h"
#include "exposition/terminal/table.h"

namespace hardlink {

/// The answer in one line: "yes: …" or "no: …" and the first layer that fails.
[[nodiscard]] std::string verdictOf(const Preflight& preflight);

/// For people: per image what is there already, what is new and the verdict. UTF-8 without control
/// characters but newlines and colours, whatever is in the names. `options.top` is ignored.
[[nodiscard]] std::string renderPreflight(const Preflight& preflight, const TableOptions& options);

/// One JSON object and a newline. Figures that are not known are null; bytes that are not UTF-8 are
/// `\xNN`.
[[nodiscard]] std::string renderPreflightJson(const Preflight& preflight);

}  // namespace hardlink
