#pragma once

/// The arithmetic of the margin (docs/design.md, "The margin"), for census/ and report/. Pure
/// functions; any thread.

#include <cstdint>
#include <optional>
#include <string_view>
#include <tuple>

#include "model/counts.h"

namespace hardlink {

/// max(0, floor((limit - links) / names)): how often `names` more links fit. `names` is at least 1.
[[nodiscard]] std::uint64_t extractionsRemaining(std::uint64_t limit, std::uint64_t links,
                                                 std::uint64_t names);

/// What layers take of something of which there is a fixed amount (Quota, model/limits.h).
struct Take {
  std::uint64_t each = 0;       ///< by each layer, permanently
  std::uint64_t temporary = 0;  ///< by each layer, until all that are made at once are finished
  std::uint64_t at_once = 0;    ///< the most layers that are made at once
  std::uint64_t once = 0;       ///< temporary too, for any number of layers

  bool operator==(const Take&) const = default;
};

/// What `layers` more layers take at the peak.
[[nodiscard]] std::uint64_t takenBy(const Take& take, std::uint64_t layers);
/// The most layers for which `left` is enough; unset if layers take nothing.
[[nodiscard]] std::optional<std::uint64_t> layersThatFit(const Take& take, std::uint64_t left);

/// The binding inode of a layer under `limit`: the one with the fewest extractions remaining. Of
/// several, the one with the most links, then with the lowest number. Unset for a layer without
/// regular files.
[[nodiscard]] std::optional<LinkPressure> bindingInode(const PressureFrontier& pressure,
                                                       std::uint64_t limit);

/// The key by which layers are sorted, the tightest first: by extractions remaining, then by name.
/// Layers without that figure come last: by the highest link count of any inode, most links first.
/// `name` must outlive the key.
using TightnessKey = std::tuple<bool, std::uint64_t, std::uint64_t, std::string_view>;
[[nodiscard]] TightnessKey tightnessKey(std::optional<std::uint64_t> remaining,
                                        std::uint64_t max_links, std::string_view name);

}  // namespace hardlink
