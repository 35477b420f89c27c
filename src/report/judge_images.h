#pragma once

/// Internal to report/: what the images on a root have to do with its margin. Pure functions. Any
/// thread.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/counts.h"
#include "model/image_store.h"
#include "model/report.h"

namespace hardlink {

/// Fills what follows from `store`: the `most_images` tightest images, one entry per tag and one
/// per untagged image; the images of the tightest layers that `report` already has; orphans.
/// Nothing if the store is not known. `binding` is the root's binding inode, if there is one, and
/// `margins` are those of counts.layers.
void judgeImages(const RootCounts& counts, const ImageStore& store,
                 std::optional<std::uint64_t> binding,
                 const std::vector<std::optional<std::uint64_t>>& margins,
                 std::uint64_t most_images, CensusReport& report);

/// `sha256:` and the first 12 digits, as Docker shows an image without a tag.
[[nodiscard]] std::string shortImageId(const std::string& id);

}  // namespace hardlink
