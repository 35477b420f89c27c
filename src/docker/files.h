#pragma once

/// Internal to docker/: reads another program's files, any of which may be missing, half-written or
/// something else. Nothing here writes, follows a symlink in the last component, waits for a FIFO
/// or reads without a bound.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "docker/json.h"

namespace hardlink {

/// The identifier that the file `path` holds; fails unless `is_valid` accepts it.
[[nodiscard]] Result<std::string> readIdentifier(const std::string& path,
                                                 bool (*is_valid)(std::string_view));

/// The members called `wanted` of the JSON object in the file `path`.
[[nodiscard]] Result<JsonDocument> readJsonMembers(const std::string& path, std::size_t most_bytes,
                                                   const std::vector<std::string_view>& wanted);

/// Names in the directory `path`, ascending; without those that begin with a dot, which are
/// Docker's temporary files. A directory that does not exist is empty.
[[nodiscard]] Result<std::vector<std::string>> listNames(const std::string& path);

/// White space around an identifier in a file.
inline constexpr std::string_view kFileSpace = " \t\r\n";

/// Whether `text` is 64 lower-case hexadecimal digits.
[[nodiscard]] bool isHexDigest(std::string_view text);

/// Whether `text` can be the name of one directory entry.
[[nodiscard]] bool isPlainName(std::string_view text);

/// The files that could not be used: one line for each kind of problem.
class DockerProblems {
 public:
  /// `one` and `many` follow a figure: "layer without …", "layers without …".
  void add(std::string_view one, std::string_view many, const std::string& example);
  void add(const std::string& line);
  /// In the order in which the kinds first occurred; printable.
  [[nodiscard]] std::vector<std::string> lines() const;

 private:
  struct Kind {
    std::string_view one;  // always literals
    std::string_view many;
    std::string first;
    std::size_t count = 0;
  };
  std::vector<Kind> kinds_;
};

}  // namespace hardlink
