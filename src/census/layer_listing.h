#pragma once

/// One layer's tree, name by name, and whether a directory holds such layers at all: what a
/// simulated extraction begins from.

#include <cstdint>
#include <string>

#include "base/error.h"
#include "model/layer_entry.h"

namespace hardlink {

/// Passes every name below `directory` to `visit`, directories before what is in them. Mounts are
/// not entered. A name that vanishes meanwhile is left out; fails if anything else cannot be read,
/// since a tree with names missing would promise too much. May throw what `visit` throws.
[[nodiscard]] Result<void> listLayer(const std::string& directory, const NameVisitor& visit);

/// What a directory looks like to those who expect the overlay driver's storage.
enum class StorageKind : std::uint8_t { empty, docker_overlay, other };

/// Looks at a sample of what is in `directory`, as a census with the layout `auto` does.
[[nodiscard]] Result<StorageKind> storageKindOf(const std::string& directory);

}  // namespace hardlink
