#pragma once

/// Flags that several commands have.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "commands/flags.h"
#include "exposition/terminal/ascii.h"
#include "roots/roots.h"

namespace hardlink {

enum class OutputFormat : std::uint8_t { table, json, prometheus };
template <>
inline constexpr std::array<Name<OutputFormat>, 3> kNames<OutputFormat> = {
    {{OutputFormat::table, "table"},
     {OutputFormat::json, "json"},
     {OutputFormat::prometheus, "prometheus"}}};

[[nodiscard]] TextKind kindOf(OutputFormat format);

/// What --format does, in every command.
inline constexpr const char* kFormatHelp = "Print the result in this format";

/// --format without `prometheus`.
void addTableOrJson(Flags& flags, OutputFormat& format);
void addPaths(Flags& flags, std::vector<std::string>& paths);
void addLinkLimit(Flags& flags, std::optional<std::uint64_t>& limit);
/// Those of every command that counts a tree itself.
void addCensusFlags(Flags& flags, CensusFlags& census);

}  // namespace hardlink
