#pragma once

/// The margin's arithmetic (docs/design.md, "The margin"), for those who count and those who judge.
/// Pure functions. Any thread.

#include <cstdint>
#include <optional>
#include <string_view>
#include <tuple>

#include "base/counts.h"

namespace hardlink {

/// max(0, floor((limit - links) / names)): how often `names` more links fit. `names` is at least 1.
[[nodiscard]] std::uint64_t extractionsRemaining(std::uint64_t limit, std::uint64_t links,
                                                 std::uint64_t names);

/// The binding inode of a layer under `limit`: the one with the fewest extractions remaining; of
/// those the one with the most links, then the lowest inode number. Unset for a layer without
/// regular files.
[[nodiscard]] std::optional<LinkPressure> bindingInode(const PressureFrontier& pressure,
                                                       std::uint64_t limit);

/// What a layer is sorted by, the tightest first: least extractions remaining (unset where nothing
/// binds it; such layers come last), of equals the most links of any inode, then the name, so that
/// the order is the same every time. `name` must outlive the key.
using TightnessKey = std::tuple<bool, std::uint64_t, std::uint64_t, std::string_view>;
[[nodiscard]] TightnessKey tightnessKey(std::optional<std::uint64_t> remaining,
                                        std::uint64_t max_links, std::string_view name);

}  // namespace hardlink
