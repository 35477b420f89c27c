#pragma once

/// From the web config file to what the server enforces.

#include <mutex>
#include <string>
#include <vector>

#include "config/load.h"
#include "http/access/access.h"

namespace hardlink {

struct LoadedAccess {
  Access access;  ///< of use only where there are no problems
  std::vector<ConfigProblem> problems;
};

/// The web config file with the certificates and keys that it names. Every function may be called
/// from any thread, and blocks for as long as their filesystem does.
class AccessFile {
 public:
  /// Without a path there are no files, and the default access is loaded.
  explicit AccessFile(std::string path) : path_(std::move(path)) {}

  [[nodiscard]] LoadedAccess load();

  /// Whether any file is another than load() has read, and all have been left alone since the last
  /// call: certificate and key are seldom replaced at one stroke. Symbolic links are followed.
  [[nodiscard]] bool hasSettledChange();

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  const std::string path_;

  std::mutex mutex_;  // guards what follows; not held while files are read
  std::vector<std::string> files_;
  std::string read_;  // what files_ looked like shortly before load() read them
  std::string last_;  // what they looked like at the last call of hasSettledChange()
};

}  // namespace hardlink
