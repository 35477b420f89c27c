#pragma once

/// Reads a configuration (config/types.h) from YAML.

#include <string>

#include "base/error.h"
#include "config/types.h"

namespace hardlink {

/// Reads and validates the file at `path`. The problems are in the order of their lines; an
/// unreadable file is one problem. An empty file is valid, and a file without `roots`: the daemon
/// then takes the roots from its arguments or by discovery. Never throws.
[[nodiscard]] Result<Config, Problems> loadConfig(const std::string& path);

/// loadConfig() for text in memory. Problems name `file` as its file.
[[nodiscard]] Result<Config, Problems> parseConfig(const std::string& text,
                                                   const std::string& file);

}  // namespace hardlink
