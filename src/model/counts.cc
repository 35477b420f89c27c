#include "model/counts.h"

#include <algorithm>

namespace hardlink {

void PressureFrontier::offer(const LinkPressure& candidate) {
  // entries_ ascends in links and descends in names. If any entry dominates the candidate, the
  // first entry with at least as many links does: it has the most names of those.
  auto at = std::lower_bound(
      entries_.begin(), entries_.end(), candidate.links,
      [](const LinkPressure& entry, std::uint64_t links) { return entry.links < links; });
  if (at != entries_.end() && at->names >= candidate.names) {
    const bool equal = at->links == candidate.links && at->names == candidate.names;
    if (equal && candidate.inode < at->inode) {
      at->inode = candidate.inode;
    }
    return;
  }
  // The candidate dominates entries before it with no more names, and an entry with equal links.
  auto last = at;
  if (last != entries_.end() && last->links == candidate.links) {
    ++last;
  }
  auto first = at;
  while (first != entries_.begin() && std::prev(first)->names <= candidate.names) {
    --first;
  }
  entries_.insert(entries_.erase(first, last), candidate);
}

std::optional<std::size_t> layerIndex(const RootCounts& counts, std::string_view name) {
  const auto at = std::lower_bound(
      counts.layers.begin(), counts.layers.end(), name,
      [](const LayerCounts& layer, std::string_view wanted) { return layer.name < wanted; });
  return at != counts.layers.end() && at->name == name
             ? std::optional(static_cast<std::size_t>(at - counts.layers.begin()))
             : std::nullopt;
}

}  // namespace hardlink
