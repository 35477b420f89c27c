#pragma once

/// The web config file of Prometheus' exporter toolkit: TLS, passwords and headers.

#include <string>
#include <vector>

#include "config/load.h"
#include "model/web_access.h"

namespace hardlink {

struct WebFile {
  WebAccess access;  ///< valid only if there are no problems; the warnings name the file
  Problems problems;
  /// The files that were read, or could not be read: the file itself first, then certificates and
  /// keys. A change of any of them can change the result.
  std::vector<std::string> files;
};

/// Reads the file at `path`, and the files that it names, relative to its own directory. Finds all
/// problems at once; none shows a password, its hash or a key. http/access/authenticator.h checks
/// the certificates and keys. Never throws.
[[nodiscard]] WebFile loadWebFile(const std::string& path);

/// loadWebFile() for text in memory. Problems name `path` as its file, and files that the text
/// names are relative to the directory of `path`.
[[nodiscard]] WebFile parseWebFile(const std::string& text, const std::string& path);

/// The largest certificate or key file, in bytes.
inline constexpr std::size_t kMaxPemBytes = std::size_t{4} * 1024 * 1024;

}  // namespace hardlink
