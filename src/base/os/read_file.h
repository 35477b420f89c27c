#pragma once

#include <cstddef>
#include <string>

#include "base/error.h"
#include "base/os/fd.h"

namespace hardlink {

/// Limits for reading a file that another program writes.
struct ReadLimits {
  std::size_t most_bytes = 0;
  bool cut = false;  ///< read only `most_bytes` of a longer file, instead of failing with EFBIG
  bool follow_symlink = true;  ///< in the last component of the path; otherwise fail with ELOOP
  /// Read pipes and devices too, up to their end, which may have to be waited for. Otherwise read
  /// only regular files, and fail with EISDIR or EINVAL for anything else.
  bool any_kind = false;
};

/// The content of the file `path`. The context of the Error is `path`. Any thread.
[[nodiscard]] Result<std::string> readFile(const std::string& path, const ReadLimits& limits);

/// The same for the open `file`, from its current position; `path` is for the Error.
[[nodiscard]] Result<std::string> readFile(const Fd& file, const std::string& path,
                                           const ReadLimits& limits);

}  // namespace hardlink
