#pragma once

/// Loads what the server enforces from the web config file.

#include <mutex>
#include <string>
#include <vector>

#include "base/error.h"
#include "http/access/authenticator.h"

namespace hardlink {

/// The web config file with the certificates and keys that it names. Every function may be called
/// from any thread, and blocks as long as their filesystem does.
class AccessFile {
 public:
  /// Without a path there are no files, and the default access is loaded.
  explicit AccessFile(std::string path) : path_(std::move(path)) {}

  [[nodiscard]] Result<Access, Problems> load();

  /// Whether a file has changed since load() and none has changed since the last call: certificate
  /// and key are seldom replaced at the same moment. Follows symbolic links.
  [[nodiscard]] bool hasSettledChange();

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  const std::string path_;

  std::mutex mutex_;  // guards what follows; not held while files are read
  std::vector<std::string> files_;
  std::string read_;  // the fingerprint of files_ shortly before load() read them
  std::string last_;  // their fingerprint at the last call of hasSettledChange()
};

}  // namespace hardlink
