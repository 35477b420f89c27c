#pragma once

/// From YAML (config/yaml_tree.h) to config/types.h.

#include <string>

#include "base/error.h"
#include "config/types.h"

namespace hardlink {

/// Reads and validates the file at `path`: the problems are in the order of their lines. An
/// unreadable file is one problem. A file without `roots` is valid (the daemon then takes roots
/// from its arguments or by discovery); so is an empty one. Never throws.
[[nodiscard]] Result<Config, Problems> loadConfig(const std::string& path);

/// loadConfig() on text that is already in memory; `file` is what problems call it.
[[nodiscard]] Result<Config, Problems> parseConfig(const std::string& text,
                                                   const std::string& file);

}  // namespace hardlink
