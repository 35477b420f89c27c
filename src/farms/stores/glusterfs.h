#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "farms/evidence/directory.h"

namespace hardlink {

/// How many links a file of a brick of GlusterFS can have: storage.max-hardlinks of its volume, if
/// glusterd's directory of volumes knows the brick, or else the default; and the name of its gfid.
/// Nothing where the volume has no such limit.
[[nodiscard]] std::optional<std::uint64_t> glusterLinkLimit(const Directory& brick,
                                                            const std::string& glusterd_volumes);

}  // namespace hardlink
