#pragma once

/// The margin's arithmetic (docs/design.md, "The margin"), for those who count and those who judge.
/// Pure functions. Any thread.

#include <cstdint>
#include <optional>
#include <string_view>
#include <tuple>

#include "model/counts.h"

namespace hardlink {

/// max(0, floor((limit - links) / names)): how often `names` more links fit. `names` is at least 1.
[[nodiscard]] std::uint64_t extractionsRemaining(std::uint64_t limit, std::uint64_t links,
                                                 std::uint64_t names);

/// What layers take of something of which there is a fixed amount.
struct Take {
  std::uint64_t each = 0;       ///< for good
  std::uint64_t temporary = 0;  ///< until all that are made at once are there
  std::uint64_t at_once = 0;    ///< layers that are made at once, at most
  std::uint64_t once = 0;       ///< temporary too, however many layers there are

  bool operator==(const Take&) const = default;
};

/// What `layers` more layers take at the peak.
[[nodiscard]] std::uint64_t takenBy(const Take& take, std::uint64_t layers);
/// The most layers that `left` is enough for; unset where they take nothing.
[[nodiscard]] std::optional<std::uint64_t> layersThatFit(const Take& take, std::uint64_t left);

/// The binding inode of a layer under `limit`: the one with the fewest extractions remaining; of
/// those the one with the most links, then the lowest inode number. Unset for a layer without
/// regular files.
[[nodiscard]] std::optional<LinkPressure> bindingInode(const PressureFrontier& pressure,
                                                       std::uint64_t limit);

/// What a layer is sorted by, the tightest first: least extractions remaining, of equals by name.
/// Where that is unset nothing binds it: such layers come last, those with the most links of any
/// inode first. `name` must outlive the key.
using TightnessKey = std::tuple<bool, std::uint64_t, std::uint64_t, std::string_view>;
[[nodiscard]] TightnessKey tightnessKey(std::optional<std::uint64_t> remaining,
                                        std::uint64_t max_links, std::string_view name);

}  // namespace hardlink
