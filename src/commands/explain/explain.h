#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "commands/common_flags.h"

namespace hardlink {

/// `hardlink_exporter explain FILE`.
struct ExplainOptions {
  std::string file;
  std::optional<std::string> root;            ///< where to look for names; unset: found
  OutputFormat format = OutputFormat::table;  ///< table or json
  std::size_t paths = 10;                     ///< names to list
  CensusFlags census;
};

void addExplainFlags(Flags& flags, ExplainOptions& options);

/// Prints who holds the links of one file. Returns the exit code.
[[nodiscard]] int runExplain(const ExplainOptions& options);

}  // namespace hardlink
