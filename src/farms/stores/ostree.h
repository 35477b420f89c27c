#pragma once

/// Repositories of ostree. flatpak has one too.

#include <optional>
#include <string>

#include "farms/evidence/directory.h"

namespace hardlink {

/// The mode of the ostree repository at `relative` in `directory`, if its checkouts are hard links.
/// Unset if there is no repository, or if it is empty or has compressed objects.
[[nodiscard]] std::optional<std::string> linkedRepositoryMode(const Directory& directory,
                                                              const std::string& relative);

}  // namespace hardlink
