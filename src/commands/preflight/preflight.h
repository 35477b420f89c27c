#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "commands/common_flags.h"

namespace hardlink {

/// `hardlink_exporter preflight IMAGE [PATH]`, or with `--unpack=DIR`.
struct PreflightOptions {
  std::string image;                          ///< an archive or a directory, or `-`
  std::optional<std::string> path;            ///< unset: discovered
  std::optional<std::string> unpack;          ///< DIR; `path` is unset then
  OutputFormat format = OutputFormat::table;  ///< table or json
  std::optional<std::uint64_t> link_limit;    ///< unset: what the filesystem allows
};

void addPreflightFlags(Flags& flags, PreflightOptions& options);

/// Prints whether an image would extract. Returns the exit code.
[[nodiscard]] int runPreflight(const PreflightOptions& options);

}  // namespace hardlink
