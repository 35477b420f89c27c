#pragma once

#include <string>

#include "base/error.h"
#include "model/farm.h"

namespace hardlink {

/// A directory below which the other names of a file are to be looked for.
struct FoundRoot {
  std::string path;
  Layout layout = Layout::none;  ///< what its children are, as far as they were looked at
};

/// The root that `file`, an absolute path without symlinks but perhaps the last component, belongs
/// to: the nearest directory above it that is the storage of Docker's overlay driver; else the
/// outermost one that has layers and where the file has the same path below another child (within
/// one snapshot, too, a file may have names that look alike); else the top of the mount that it is
/// on. Looks at the children of the directories above the file, and further only below those where
/// the file has such a name.
[[nodiscard]] Result<FoundRoot> findRoot(const std::string& file);

}  // namespace hardlink
