#pragma once

/// Internal to report/: the margin of each image on a root, and the links that its removal frees.
/// Pure functions; any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/counts.h"
#include "model/image_store.h"
#include "model/report.h"

namespace hardlink {

/// Fills three parts of `report`: the `most_images` tightest images, with one entry per tag and one
/// per untagged image; the images of report.tightest_layers; and the orphans. Does nothing if
/// `store` is unknown. `binding` is the root's binding inode, if there is one. `margins` belong to
/// counts.layers.
void judgeImages(const RootCounts& counts, const ImageStore& store,
                 std::optional<std::uint64_t> binding,
                 const std::vector<std::optional<std::uint64_t>>& margins,
                 std::uint64_t most_images, CensusReport& report);

/// The form in which Docker shows an image without a tag: `sha256:` and the first 12 digits.
[[nodiscard]] std::string shortImageId(const std::string& id);

}  // namespace hardlink
