#include "report/limits.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

namespace hardlink {
namespace {

LimitReport byQuota(Limit limit, const Quota& quota, const Take& take, const std::string& layer) {
  return {.limit = limit,
          .extractions_remaining = layersThatFit(take, quota.left),
          .used = quota.of - std::min(quota.of, quota.left),
          .of = quota.of,
          .remaining = static_cast<std::int64_t>(quota.left),
          .per_extraction = takenBy(take, 1),
          .layer = layer};
}

}  // namespace

LayerTakes takesOf(const LayerCounts& layer, const MakersOwn& makers_own, const CopyCosts& costs) {
  const std::uint64_t made = layer.directories + layer.remade_names;
  const std::uint64_t linked = costs.names_take_inodes ? layer.names - layer.remade_names : 0;
  LayerTakes takes;
  takes.inodes = {.each = made + linked + makers_own.inodes,
                  .temporary = makers_own.temporary_inodes,
                  .at_once = makers_own.at_once};
  const std::uint64_t unit = costs.cluster_bytes;
  takes.bytes = {.each = layer.directory_bytes + (layer.long_symlinks + makers_own.blocks) * unit +
                         makers_own.bytes + (made + makers_own.inodes) * costs.inode_bytes,
                 .temporary = makers_own.temporary_blocks * unit +
                              makers_own.temporary_inodes * costs.inode_bytes,
                 .at_once = makers_own.at_once};
  return takes;
}

std::vector<LimitReport> limitsOf(const LayerCounts& layer, const Subdirectories* holder,
                                  const Farm& farm, const FilesystemReport& filesystem) {
  std::vector<LimitReport> limits;
  const auto limit = filesystem.link_limit;
  const auto binding = limit ? bindingInode(layer.pressure, *limit) : std::nullopt;
  if (binding) {
    limits.push_back(
        {.limit = Limit::links,
         .extractions_remaining = extractionsRemaining(*limit, binding->links, binding->names),
         .used = binding->links,
         .of = *limit,
         .remaining = static_cast<std::int64_t>(*limit) - static_cast<std::int64_t>(binding->links),
         .per_extraction = binding->names,
         .layer = layer.name});
  }
  const LayerTakes takes = takesOf(layer, farm.makers_own, filesystem.costs);
  if (filesystem.room.inodes) {
    limits.push_back(byQuota(Limit::inodes, *filesystem.room.inodes, takes.inodes, layer.name));
  }
  if (filesystem.room.bytes && layer.directory_bytes > 0) {
    limits.push_back(byQuota(Limit::space, *filesystem.room.bytes, takes.bytes, layer.name));
  }
  if (holder != nullptr && holder->limit) {
    limits.push_back(
        byQuota(Limit::subdirectories,
                {*holder->limit, *holder->limit - std::min(*holder->limit, holder->count)},
                {.each = 1}, layer.name));
    limits.back().used = holder->count;
    limits.back().path = holder->path;
  }
  return limits;
}

const LimitReport* firstOf(const std::vector<LimitReport>& limits) {
  const LimitReport* first = nullptr;
  for (const LimitReport& limit : limits) {
    const bool ends = limit.extractions_remaining.has_value();
    if (ends && (first == nullptr || limit.extractions_remaining < first->extractions_remaining)) {
      first = &limit;
    }
  }
  return first;
}

}  // namespace hardlink
