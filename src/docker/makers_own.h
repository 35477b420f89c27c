#pragma once

/// What Docker keeps of its own for each layer, beside the layer itself. Measured with
/// Docker 20.10, and by a test that measures again: docs/design.md, "What ends first".

#include <cstddef>
#include <cstdint>
#include <string>

#include "model/limits.h"

namespace hardlink {

/// Docker registers no layer on top of this many.
inline constexpr std::uint64_t kMostLayersOfAnImage = 125;

/// Upper bounds for the storage of the overlay driver at `overlay`, in which the deepest image has
/// `deepest` layers. Reads two directories; any thread.
[[nodiscard]] MakersOwn makersOwnAt(const std::string& overlay, std::size_t deepest);

/// What Docker has beside the tree of one layer while it makes that layer.
struct LayerFiles {
  MakersOwn::Objects making;     ///< while it copies the layer below
  MakersOwn::Objects unpacking;  ///< in addition, from then on until the layer is complete
  MakersOwn::Objects made;       ///< for the complete layer, instead of the two above
};

/// `has_database`: the layer database is on the same filesystem as the layers. `pulled`: the layer
/// comes from a registry.
[[nodiscard]] LayerFiles layerFiles(bool has_database, bool pulled);

}  // namespace hardlink
