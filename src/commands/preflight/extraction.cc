#include "commands/preflight/extraction.h"

#include <algorithm>
#include <utility>

#include "base/clean_path.h"
#include "model/margin.h"

namespace hardlink {
namespace {

/// Bytes of tar-split.json.gz, in which Docker keeps a layer's headers: measured, at most about 70
/// for each entry (random names; a hard link has 17).
constexpr std::uint64_t kNoteBytes = 70;
constexpr std::uint64_t kNotesBegin = 240;

/// A layer copied name by name, in Docker's order, up to the name that cannot be copied.
class NameByName {
 public:
  NameByName(const CurrentLayer& layer, const ExtractionRoom& room, RoomUse& use)
      : layer_(layer), costs_(room.costs), use_(use) {}

  /// Copies one name, after the directory that it is in. False if its inode is at `limit`.
  bool copy(LayerTree::NodeId node, std::uint64_t limit);

 private:
  /// Docker adds names one after the other, and the directory grows.
  void growParent(LayerTree::NodeId node);

  const CurrentLayer& layer_;
  const CopyCosts& costs_;
  RoomUse& use_;
  std::unordered_map<LayerTree::FileId, std::uint64_t> links_made_;
  std::unordered_map<LayerTree::NodeId, std::uint64_t> entry_bytes_;
};

void NameByName::growParent(LayerTree::NodeId node) {
  if (node == LayerTree::kTop) {
    return;
  }
  std::uint64_t& parent = entry_bytes_[layer_.tree().parent(node)];
  const std::uint64_t before = directoryBytes(costs_, parent);
  parent += entryBytes(layer_.tree().name(node).size());
  use_.take({0, directoryBytes(costs_, parent) - before});
}

bool NameByName::copy(LayerTree::NodeId node, std::uint64_t limit) {
  growParent(node);
  const LayerTree::FileId file = layer_.tree().file(node);
  switch (layer_.tree().kind(node)) {
    case NameKind::directory:
      entry_bytes_[node] = kDotEntriesBytes;
      use_.take({1, directoryBytes(costs_, kDotEntriesBytes)});
      return true;
    case NameKind::regular:
      if (layer_.links(file) + ++links_made_[file] > limit) {
        return false;
      }
      use_.take({costs_.names_take_inodes ? 1U : 0U, 0});
      return true;
    case NameKind::symlink:
    case NameKind::other:
      break;
  }
  use_.take({1, layer_.bytes(file)});
  return true;
}

}  // namespace

Extraction::Extraction(std::uint64_t limit, const ExtractionRoom& room)
    : limit_(limit), room_(room), layer_(room.left, room.costs) {}

Objects Extraction::copyTakes() const {
  const CountedTree& counted = layer_.counted();
  const std::uint64_t linked = room_.costs.names_take_inodes ? counted.regular_names : 0;
  Objects takes = room_.making;
  takes.add({counted.directories + counted.special_names + linked,
             counted.directory_bytes + counted.long_symlinks * room_.costs.cluster_bytes});
  return takes;
}

std::optional<ExtractionFailure> Extraction::beginLayer() {
  layer_.separateSpecialFiles();
  unpacker_.emplace(layer_, limit_);
  const auto& holder = room_.subdirectories_left;
  if (holder && layers_made_ >= *holder) {
    return ExtractionFailure{.limit = Limit::subdirectories, .needed = 1, .left = 0};
  }
  ++layers_made_;
  const RoomUse before = layer_.use();
  layer_.use().begin();
  layer_.use().take(copyTakes());
  if (!layer_.hasLinksForCopy(limit_) || layer_.use().shortage()) {
    return firstThatFails(before);
  }
  layer_.becomeCopy();
  layer_.use().take(room_.unpacking);
  return shortageAt("");
}

ExtractionFailure Extraction::firstThatFails(const RoomUse& before) const {
  const LayerTree& tree = layer_.tree();
  RoomUse use = before;
  use.begin();
  use.take(room_.making);
  NameByName names(layer_, room_, use);
  std::vector<LayerTree::NodeId> left{LayerTree::kTop};
  while (!left.empty()) {
    const LayerTree::NodeId node = left.back();
    left.pop_back();
    if (!names.copy(node, limit_)) {
      const LayerTree::FileId file = tree.file(node);
      return {tree.path(node), Limit::links, layer_.counted().names[file],
              limit_ - std::min(limit_, layer_.links(file))};
    }
    if (const auto shortage = use.shortage()) {
      const auto of_all = layer_.use().shortage().value_or(*shortage);
      const bool same = of_all.limit == shortage->limit;
      return {tree.path(node), shortage->limit, same ? of_all.needed : shortage->needed,
              shortage->left};
    }
    const auto below = tree.children(node);
    left.insert(left.end(), below.rbegin(), below.rend());
  }
  return {};
}

std::optional<ExtractionFailure> Extraction::shortageAt(const std::string& path,
                                                        std::string reason) const {
  const auto shortage = layer_.use().shortage();
  if (!shortage) {
    return std::nullopt;
  }
  return ExtractionFailure{path, shortage->limit, shortage->needed, shortage->left,
                           std::move(reason)};
}

std::optional<ExtractionFailure> Extraction::take(const Objects& objects, std::string reason) {
  layer_.use().begin();
  layer_.use().take(objects);
  return shortageAt("", std::move(reason));
}

std::optional<ExtractionFailure> Extraction::apply(const LayerEntry& entry) {
  const std::string path = cleanPath(entry.path);
  auto failure = unpacker_->apply(entry, path);
  return failure ? failure : shortageAt(path);
}

std::optional<ExtractionFailure> Extraction::endLayer() {
  if (auto failure = unpacker_->finish()) {
    return failure;
  }
  const std::uint64_t notes =
      inClusters(kNotesBegin + unpacker_->entries() * kNoteBytes, room_.costs);
  const std::uint64_t in_one_block = std::min<std::uint64_t>(notes, room_.costs.cluster_bytes);
  layer_.use().giveBack(room_.making);
  layer_.use().giveBack(room_.unpacking);
  layer_.use().take(room_.made);
  layer_.use().take({0, notes - in_one_block});
  const auto& names = layer_.counted().names;
  most_names_.resize(layer_.fileCount());
  for (std::size_t file = 0; file < names.size(); ++file) {
    most_names_[file] = std::max(most_names_[file], names[file]);
  }
  const auto keep_more = [](Take& most, const Take& take) {
    const Take kept = most;
    most = take;
    most.each = std::max(kept.each, take.each);
    most.once = std::max(kept.once, take.once);
  };
  const LayerTakes takes = marginTakes();
  keep_more(most_taken_.inodes, takes.inodes);
  keep_more(most_taken_.bytes, takes.bytes);
  return shortageAt("");
}

LayerTakes Extraction::marginTakes() const {
  const CountedTree& counted = layer_.counted();
  LayerCounts counts;
  counts.names = counted.regular_names + counted.special_names;
  counts.directories = counted.directories;
  counts.directory_bytes = counted.directory_bytes;
  counts.remade_names = counted.special_names;
  counts.long_symlinks = counted.long_symlinks;
  return takesOf(counts, room_.makers_own, room_.costs);
}

std::optional<std::uint64_t> Extraction::least(const std::vector<std::uint32_t>& names,
                                               const LayerTakes& takes) const {
  std::optional<std::uint64_t> least = copiesThatFit(takes, roomLeft());
  const auto lower = [&](std::uint64_t fit) { least = std::min(least.value_or(fit), fit); };
  for (LayerTree::FileId file = 0; file < names.size(); ++file) {
    if (layer_.isRegular(file) && names[file] != 0) {
      lower(extractionsRemaining(limit_, layer_.links(file), names[file]));
    }
  }
  if (room_.subdirectories_left) {
    lower(*room_.subdirectories_left - std::min(*room_.subdirectories_left, layers_made_));
  }
  return least;
}

std::optional<std::uint64_t> Extraction::margin() const {
  return least(layer_.counted().names, marginTakes());
}

std::optional<std::uint64_t> Extraction::marginOfNewLayers() const {
  return layers_made_ == 0 ? std::nullopt : least(most_names_, most_taken_);
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
