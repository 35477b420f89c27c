#pragma once

/// Flags that several commands have.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "commands/flags.h"
#include "exposition/terminal/ascii.h"
#include "roots/roots.h"

namespace hardlink {

enum class OutputFormat : std::uint8_t { table, json, prometheus };

/// Nothing for a text that is no format.
[[nodiscard]] std::optional<OutputFormat> parseFormat(const std::string& text);
/// The same without `prometheus`.
[[nodiscard]] std::optional<OutputFormat> parseTableOrJson(const std::string& text);
[[nodiscard]] TextKind kindOf(OutputFormat format);

void addPaths(Flags& flags, std::vector<std::string>& paths);
void addLinkLimit(Flags& flags, std::optional<std::uint64_t>& limit);
/// Those of every command that counts a tree itself.
void addSurveyFlags(Flags& flags, SurveyFlags& survey);

}  // namespace hardlink
