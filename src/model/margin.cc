#include "model/margin.h"

#include <algorithm>

namespace hardlink {

std::uint64_t extractionsRemaining(std::uint64_t limit, std::uint64_t links, std::uint64_t names) {
  return links >= limit ? 0 : (limit - links) / names;
}

std::uint64_t takenBy(const Take& take, std::uint64_t layers) {
  return layers == 0
             ? 0
             : take.once + layers * take.each + std::min(layers, take.at_once) * take.temporary;
}

std::optional<std::uint64_t> layersThatFit(const Take& take, std::uint64_t left) {
  const std::uint64_t at_first = take.each + (take.at_once > 0 ? take.temporary : 0);
  if (at_first == 0) {
    return std::nullopt;
  }
  if (left < take.once) {
    return 0;
  }
  const std::uint64_t room = left - take.once;
  const std::uint64_t layers = room / at_first;
  if (layers < take.at_once) {
    return layers;
  }
  return take.each == 0 ? std::nullopt
                        : std::optional((room - take.at_once * take.temporary) / take.each);
}

std::optional<LinkPressure> bindingInode(const PressureFrontier& pressure, std::uint64_t limit) {
  std::optional<LinkPressure> binding;
  std::uint64_t least = 0;
  for (const LinkPressure& entry : pressure.entries()) {
    const std::uint64_t remaining = extractionsRemaining(limit, entry.links, entry.names);
    // Entries ascend in links, so of two with equal margins the later one has more links.
    if (!binding || remaining <= least) {
      binding = entry;
      least = remaining;
    }
  }
  return binding;
}

TightnessKey tightnessKey(std::optional<std::uint64_t> remaining, std::uint64_t max_links,
                          std::string_view name) {
  return {!remaining, remaining.value_or(0), remaining ? 0 : ~max_links, name};
}

}  // namespace hardlink
