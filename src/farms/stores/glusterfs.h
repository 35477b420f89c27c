#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "farms/evidence/directory.h"

namespace hardlink {

/// How many links a file on a brick of GlusterFS can have: storage.max-hardlinks of its volume, and
/// one for the name in .glusterfs. The default is taken if no volume in `glusterd_volumes` has the
/// brick. Unset if the volume has no limit.
[[nodiscard]] std::optional<std::uint64_t> glusterLinkLimit(const Directory& brick,
                                                            const std::string& glusterd_volumes);

}  // namespace hardlink
