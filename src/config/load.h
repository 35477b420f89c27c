#pragma once

/// From YAML (config/yaml_tree.h) to config/types.h.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/types.h"

namespace hardlink {

/// One thing wrong with a configuration.
struct ConfigProblem {
  std::string file;  ///< as given to loadConfig(); empty for a flag
  int line = 0;      ///< from 1; 0 where the problem has no line
  std::string key;   ///< dotted, for example `scan.interval` or `roots[1].path`; may be empty
  std::string what;  ///< what is wrong and what was expected

  /// "file:line: key: what", leaving out what is unknown. One line, printable.
  [[nodiscard]] std::string message() const;
};

/// The configuration, or every problem found in it, in the order of their lines.
using ConfigOrProblems = std::variant<Config, std::vector<ConfigProblem>>;

/// Reads and validates the file at `path`. An unreadable file is one problem. A file without
/// `roots` is valid (the daemon then takes roots from its arguments or by discovery); so is an
/// empty one. Never throws.
[[nodiscard]] ConfigOrProblems loadConfig(const std::string& path);

/// loadConfig() on text that is already in memory; `file` is what problems call it.
[[nodiscard]] ConfigOrProblems parseConfig(const std::string& text, const std::string& file);

}  // namespace hardlink
