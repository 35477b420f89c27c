#pragma once

/// ostree's repositories, which flatpak has too.

#include <optional>
#include <string>

#include "farms/evidence/directory.h"

namespace hardlink {

/// The mode of the ostree repository at `relative` in `directory` where checkouts of it are hard
/// links; nothing where there is no repository, an empty one, or one of compressed objects.
[[nodiscard]] std::optional<std::string> linkedRepositoryMode(const Directory& directory,
                                                              const std::string& relative);

}  // namespace hardlink
