#include "report/limits.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace hardlink {
namespace {

LimitReport byQuota(Limit limit, const Quota& quota, const Take& take, const std::string& layer) {
  LimitReport report = withoutMargin(limit, quota);
  report.extractions_remaining = layersThatFit(take, quota.left);
  report.per_extraction = take.each;
  report.layer = layer;
  return report;
}

/// The limit of subdirectories, if each round makes `copies` directories.
LimitReport bySubdirectories(const Subdirectories& holder, std::uint64_t copies,
                             const std::string& layer) {
  const std::uint64_t limit = *holder.limit;
  const std::uint64_t left = limit - std::min(limit, holder.count);
  return {.limit = Limit::subdirectories,
          .extractions_remaining = left / copies,
          .used = holder.count,
          .of = limit,
          .remaining = static_cast<std::int64_t>(limit) - static_cast<std::int64_t>(holder.count),
          .per_extraction = copies,
          .layer = layer,
          .path = holder.path};
}

/// Adds the subdirectories of each directory in which layers appear, if it has a limit.
void addHolders(const RootCounts& counts, const std::vector<const Subdirectories*>& holders,
                std::vector<LayerStock>& stocks) {
  for (const Subdirectories& holder : counts.holders) {
    if (!holder.limit) {
      continue;
    }
    LayerStock stock{.limit = Limit::subdirectories, .used = holder.count, .of = *holder.limit};
    for (const Subdirectories* const of_layer : holders) {
      const std::uint64_t one = of_layer == &holder ? 1 : 0;
      stock.of_layers.push_back({.freed = one, .take = {.each = one}});
    }
    stocks.push_back(std::move(stock));
  }
}

}  // namespace

LimitReport withoutMargin(Limit limit, const Quota& quota) {
  return {.limit = limit,
          .used = quota.used(),
          .of = quota.of,
          .remaining = static_cast<std::int64_t>(quota.left)};
}

LayerTakes takesOf(const LayerCounts& layer, const MakersOwn& own, const CopyCosts& costs) {
  const auto bytes_of = [&](const MakersOwn::Objects& objects) {
    return objects.blocks * costs.cluster_bytes + objects.bytes +
           objects.inodes * costs.inode_bytes;
  };
  const std::uint64_t made = layer.directories + layer.remade_names;
  const std::uint64_t linked = costs.names_take_inodes ? layer.names - layer.remade_names : 0;
  const std::uint64_t made_bytes =
      layer.directory_bytes + layer.long_symlinks * costs.cluster_bytes + made * costs.inode_bytes;
  LayerTakes takes;
  takes.inodes = {.each = made + linked + own.kept.inodes,
                  .temporary = own.temporary.inodes,
                  .at_once = own.at_once,
                  .once = own.once.inodes};
  takes.bytes = {
      .each = made_bytes + bytes_of(own.kept),
      .temporary = bytes_of(own.temporary),
      .at_once = own.at_once,
      .once = bytes_of(own.once) + (layer.names + layer.directories) * own.once_bytes_per_name};
  return takes;
}

std::optional<std::uint64_t> copiesThatFit(const LayerTakes& takes, const FreeRoom& room) {
  auto fit = room.inodes ? layersThatFit(takes.inodes, room.inodes->left) : std::nullopt;
  if (const auto by_bytes =
          room.bytes ? layersThatFit(takes.bytes, room.bytes->left) : std::nullopt) {
    fit = std::min(fit.value_or(*by_bytes), *by_bytes);
  }
  return fit;
}

std::vector<LimitReport> limitsOf(const LayerCounts& layer, const Subdirectories* holder,
                                  const MakersOwn& makers_own, const FilesystemReport& filesystem) {
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
  const LayerTakes takes = takesOf(layer, makers_own, filesystem.costs);
  if (filesystem.room.inodes) {
    limits.push_back(byQuota(Limit::inodes, *filesystem.room.inodes, takes.inodes, layer.name));
  }
  if (filesystem.room.bytes && layer.directory_bytes > 0) {
    limits.push_back(byQuota(Limit::space, *filesystem.room.bytes, takes.bytes, layer.name));
  }
  if (holder != nullptr && holder->limit) {
    limits.push_back(bySubdirectories(*holder, 1, layer.name));
  }
  return limits;
}

std::vector<const Subdirectories*> holdersOf(const RootCounts& counts, const Farm& farm) {
  const auto find_holder = [&](const std::string& path) -> const Subdirectories* {
    const auto at = std::lower_bound(counts.holders.begin(), counts.holders.end(), path,
                                     [](const Subdirectories& holder, const std::string& wanted) {
                                       return holder.path < wanted;
                                     });
    return at != counts.holders.end() && at->path == path ? &*at : nullptr;
  };
  const bool is_docker = farm.layout == Layout::docker_overlay && !farm.layer_holders.empty();
  std::vector<const Subdirectories*> holders(
      counts.layers.size(), is_docker ? find_holder(farm.layer_holders.front()) : nullptr);
  for (const Series& series : farm.series) {
    const Subdirectories* const holder = find_holder(series.holder);
    for (const std::string& name : series.oldest_first) {
      if (const auto layer = layerIndex(counts, name)) {
        holders[*layer] = holder;
      }
    }
  }
  return holders;
}

std::optional<std::uint64_t> roundsRemaining(const RootCounts& counts, const Farm& farm,
                                             const FilesystemReport& filesystem) {
  if (!filesystem.link_limit || farm.series.empty()) {
    return std::nullopt;
  }
  const std::vector<const Subdirectories*> holders = holdersOf(counts, farm);
  LayerCounts all;  // the heads together
  all.pressure = counts.round_pressure;
  std::uint64_t heads = 0;
  std::map<const Subdirectories*, std::uint64_t> heads_in;
  for (std::size_t i = 0; i < counts.layers.size(); ++i) {
    const LayerCounts& layer = counts.layers[i];
    if (layer.head) {
      all.names += layer.names;
      all.directories += layer.directories;
      all.directory_bytes += layer.directory_bytes;
      all.remade_names += layer.remade_names;
      all.long_symlinks += layer.long_symlinks;
      ++heads;
      ++heads_in[holders[i]];
    }
  }
  MakersOwn own = farm.makers_own;
  own.kept.inodes *= heads;
  own.kept.blocks *= heads;
  own.kept.bytes *= heads;
  std::vector<LimitReport> limits = limitsOf(all, nullptr, own, filesystem);
  for (const auto& [holder, copies] : heads_in) {
    if (holder != nullptr && holder->limit) {
      limits.push_back(bySubdirectories(*holder, copies, ""));
    }
  }
  const LimitReport* const first = firstOf(limits);
  return first != nullptr ? first->extractions_remaining : std::nullopt;
}

std::vector<LayerStock> stocksOf(const RootCounts& counts, const Farm& farm,
                                 const FilesystemReport& filesystem) {
  const MakersOwn& own = farm.makers_own;
  const std::uint64_t unit = std::max<std::uint64_t>(filesystem.costs.cluster_bytes, 1);
  const bool knows_bytes =
      std::any_of(counts.layers.begin(), counts.layers.end(),
                  [](const LayerCounts& layer) { return layer.directory_bytes > 0; });
  LayerStock inodes{.limit = Limit::inodes};
  LayerStock bytes{.limit = Limit::space, .unit = unit};
  for (const LayerCounts& layer : counts.layers) {
    const LayerTakes takes = takesOf(layer, own, filesystem.costs);
    inodes.of_layers.push_back(
        {.freed = takes.inodes.each - own.kept.inodes + own.returned.inodes, .take = takes.inodes});
    // One unit for each directory: how many blocks a larger directory frees is uncertain.
    const std::uint64_t freed =
        (layer.directories + layer.long_symlinks + own.returned.blocks) * unit;
    bytes.of_layers.push_back({.freed = std::min(freed, takes.bytes.each), .take = takes.bytes});
  }
  std::vector<LayerStock> stocks;
  const auto add = [&](LayerStock stock, const std::optional<Quota>& quota) {
    if (quota) {
      stock.used = quota->used();
      stock.of = quota->of;
      stocks.push_back(std::move(stock));
    }
  };
  add(std::move(inodes), filesystem.room.inodes);
  add(std::move(bytes), knows_bytes ? filesystem.room.bytes : std::nullopt);
  addHolders(counts, holdersOf(counts, farm), stocks);
  return stocks;
}

std::optional<std::uint64_t> bindingInodeOf(const RootCounts& counts,
                                            std::optional<std::uint64_t> limit) {
  std::optional<std::uint64_t> inode;
  TightnessKey tightest;
  for (const LayerCounts& layer : counts.layers) {
    const auto binding = layer.head && limit ? bindingInode(layer.pressure, *limit) : std::nullopt;
    if (!binding) {
      continue;
    }
    const TightnessKey key = tightnessKey(
        extractionsRemaining(*limit, binding->links, binding->names), layer.max_links, layer.name);
    if (!inode || key < tightest) {
      inode = binding->inode;
      tightest = key;
    }
  }
  return inode;
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
