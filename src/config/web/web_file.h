#pragma once

/// The web config file of Prometheus' exporter toolkit: TLS, passwords and headers.

#include <string>
#include <vector>

#include "config/load.h"
#include "model/web_access.h"

namespace hardlink {

struct WebFile {
  WebAccess access;  ///< of use only where there are no problems
  Problems problems;
  /// What was read, or should have been: the file itself first, then certificates and keys. A
  /// change of any of them can change the result.
  std::vector<std::string> files;
};

/// Reads the file at `path` and those that it names, relative to its own directory. All problems
/// are found at once; none shows a password, its hash or a key. Whether certificates and keys are
/// any good is not known here (http/access/authenticator.h). Never throws.
[[nodiscard]] WebFile loadWebFile(const std::string& path);

/// loadWebFile() on text that is already in memory: `path` is what problems call it, and where the
/// files that it names are looked for.
[[nodiscard]] WebFile parseWebFile(const std::string& text, const std::string& path);

/// The largest certificate or key file, in bytes.
inline constexpr std::size_t kMaxPemBytes = std::size_t{4} * 1024 * 1024;

}  // namespace hardlink
