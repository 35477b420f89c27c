#include "commands/preflight/preflight_report.h"

#include <algorithm>

#include "model/margin.h"

namespace hardlink {

bool Preflight::fits() const {
  return std::none_of(images.begin(), images.end(),
                      [](const ImagePreflight& image) { return image.failure.has_value(); });
}

std::vector<LinksAfter> tighterThan(const std::vector<LinksAfter>& grown,
                                    std::optional<std::uint64_t> margin, std::uint64_t limit) {
  std::vector<LinksAfter> tighter;
  for (const LinksAfter& inode : grown) {
    // No layer has more names of it than it has links.
    if (!margin || extractionsRemaining(limit, inode.links, inode.links) < *margin) {
      tighter.push_back(inode);
    }
  }
  return tighter;
}

std::optional<std::uint64_t> rootMargin(const RootCounts& counts,
                                        const std::vector<LinksAfter>& grown,
                                        std::optional<std::uint64_t> new_layers,
                                        std::uint64_t limit, const ExtractionRoom& room,
                                        const FreeRoom& left) {
  std::optional<std::uint64_t> margin = new_layers;
  const auto lower_to = [&](std::uint64_t fit) { margin = std::min(margin.value_or(fit), fit); };
  const auto lower = [&](std::uint64_t links, std::uint64_t names) {
    lower_to(extractionsRemaining(limit, links, names));
  };
  // Inodes that have not grown bind as before; those that have bind at least as tightly as this.
  for (const LayerCounts& layer : counts.layers) {
    if (const auto binding = bindingInode(layer.pressure, limit)) {
      lower(binding->links, binding->names);
    }
    const LayerTakes takes = takesOf(layer, room.makers_own, room.costs);
    if (const auto fit = copiesThatFit(takes, left)) {
      lower_to(*fit);
    }
  }
  for (const TrackedInode& tracked : counts.tracked) {
    const auto after = std::lower_bound(
        grown.begin(), grown.end(), tracked.inode,
        [](const LinksAfter& entry, std::uint64_t inode) { return entry.inode < inode; });
    if (!tracked.linked || after == grown.end() || after->inode != tracked.inode) {
      continue;
    }
    for (const LayerNames& names : tracked.layers) {
      lower(std::max(after->links, tracked.links), names.names);
    }
  }
  return margin;
}

}  // namespace hardlink
