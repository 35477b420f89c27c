#include "base/margin.h"

namespace hardlink {

std::uint64_t extractionsRemaining(std::uint64_t limit, std::uint64_t links, std::uint64_t names) {
  return links >= limit ? 0 : (limit - links) / names;
}

std::optional<LinkPressure> bindingInode(const PressureFrontier& pressure, std::uint64_t limit) {
  std::optional<LinkPressure> binding;
  std::uint64_t least = 0;
  for (const LinkPressure& entry : pressure.entries()) {
    const std::uint64_t remaining = extractionsRemaining(limit, entry.links, entry.names);
    // Entries ascend in links: of equals the later one has more.
    if (!binding || remaining <= least) {
      binding = entry;
      least = remaining;
    }
  }
  return binding;
}

TightnessKey tightnessKey(std::optional<std::uint64_t> remaining, std::uint64_t max_links,
                          std::string_view name) {
  return {!remaining, remaining.value_or(0), ~max_links, name};
}

}  // namespace hardlink
