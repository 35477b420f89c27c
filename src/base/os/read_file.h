#pragma once

#include <cstddef>
#include <string>

#include "base/error.h"
#include "base/os/fd.h"

namespace hardlink {

/// What is read of a file that somebody else writes.
struct ReadLimits {
  std::size_t most_bytes = 0;
  bool cut = false;            ///< of a longer file the first `most_bytes`; otherwise that is EFBIG
  bool follow_symlink = true;  ///< in the last component of the path; otherwise that is ELOOP
  /// Pipes and devices are read too, up to their end, which can mean to wait. Otherwise only
  /// regular files are, and anything else is EISDIR or EINVAL.
  bool any_kind = false;
};

/// The content of the file `path`. The context of the Error is `path`. Any thread.
[[nodiscard]] Result<std::string> readFile(const std::string& path, const ReadLimits& limits);

/// The same of the open `file`, from where it is; `path` is for the Error.
[[nodiscard]] Result<std::string> readFile(const Fd& file, const std::string& path,
                                           const ReadLimits& limits);

}  // namespace hardlink
