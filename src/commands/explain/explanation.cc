#include "commands/explain/explanation.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>

#include "model/margin.h"

namespace hardlink {
namespace {

/// Names of the file by the name of the layer.
using NamesByLayer = std::unordered_map<std::string, std::uint64_t>;

std::vector<LayerGroup> groupLayers(const TrackedInode& tracked, const RootCounts& counts) {
  std::map<std::uint64_t, LayerGroup> by_names;
  for (const LayerNames& entry : tracked.layers) {  // ascending by the layer's name
    LayerGroup& group = by_names[entry.names];
    if (group.layers++ == 0) {
      group.names = entry.names;
      group.example = counts.layers[entry.layer].name;
    }
  }
  std::vector<LayerGroup> groups;
  groups.reserve(by_names.size());
  for (auto& [names, group] : by_names) {
    groups.push_back(std::move(group));
  }
  std::sort(groups.begin(), groups.end(), [](const LayerGroup& a, const LayerGroup& b) {
    return std::tuple(a.layers * a.names, a.names) > std::tuple(b.layers * b.names, b.names);
  });
  return groups;
}

/// Of the heads with the most names, the one whose other files leave the least room.
std::optional<TightestShare> tightestShare(const TrackedInode& tracked, const RootCounts& counts,
                                           std::optional<std::uint64_t> limit) {
  std::optional<TightestShare> tightest;
  for (const LayerNames& entry : tracked.layers) {
    const LayerCounts& layer = counts.layers[entry.layer];
    if (!layer.head) {
      continue;
    }
    TightestShare share{layer.name, entry.names, std::nullopt, std::nullopt};
    if (limit) {
      share.extractions_remaining = extractionsRemaining(*limit, tracked.links, entry.names);
      const auto binding = bindingInode(layer.pressure, *limit);
      share.layer_extractions_remaining =
          binding ? extractionsRemaining(*limit, binding->links, binding->names)
                  : share.extractions_remaining;
    }
    const bool tighter =
        !tightest || share.names > tightest->names ||
        (share.names == tightest->names &&
         share.layer_extractions_remaining < tightest->layer_extractions_remaining);
    if (tighter) {
      tightest = std::move(share);
    }
  }
  return tightest;
}

/// What `layers` hold of the file, added to `share`.
HolderShare withLayers(HolderShare share, const std::vector<std::string>& layers,
                       const NamesByLayer& names) {
  for (const std::string& layer : layers) {
    if (const auto found = names.find(layer); found != names.end()) {
      ++share.layers;
      share.links += found->second;
    }
  }
  return share;
}

void keepHolders(std::vector<HolderShare>& holders) {
  std::erase_if(holders, [](const HolderShare& holder) { return holder.layers == 0; });
  std::sort(holders.begin(), holders.end(), [](const HolderShare& a, const HolderShare& b) {
    return a.links != b.links ? a.links > b.links
                              : std::tie(a.names, a.id) < std::tie(b.names, b.id);
  });
}

std::string nameOfImage(const std::string& id, const ImageStore& store) {
  const auto image = std::find_if(store.images.begin(), store.images.end(),
                                  [&](const StoredImage& entry) { return entry.id == id; });
  return image == store.images.end() || image->tags.empty() ? id : image->tags.front();
}

void nameHolders(const ImageStore& store, const NamesByLayer& names, NamesOfFile& result) {
  if (!store.known) {
    return;
  }
  for (const StoredImage& image : store.images) {
    result.images.push_back(withLayers(
        {.id = image.id, .names = image.tags, .state = {}, .image = {}}, image.layers, names));
  }
  for (const StoredContainer& container : store.containers) {
    HolderShare share{.id = container.id,
                      .names = {},
                      .state = container.state,
                      .image = nameOfImage(container.image, store)};
    if (!container.name.empty()) {
      share.names.push_back(container.name);
    }
    result.containers.push_back(withLayers(std::move(share), container.layers, names));
  }
  keepHolders(result.images);
  keepHolders(result.containers);
  result.orphan_layers = std::count_if(names.begin(), names.end(), [&](const auto& entry) {
    return !std::binary_search(store.named_layers.begin(), store.named_layers.end(), entry.first);
  });
}

}  // namespace

std::optional<std::uint64_t> bytesAsCopies(const Explanation& explanation) {
  return explanation.allocated_bytes
             ? std::optional(*explanation.allocated_bytes * explanation.file.links)
             : std::nullopt;
}

Explanation explainFile(const FileFacts& file, const FilesystemReport& filesystem) {
  Explanation explanation;
  explanation.file = file;
  explanation.filesystem = filesystem;
  if (file.is_directory) {
    if (file.links >= 2) {
      explanation.subdirectories = file.links - 2;
    }
    return explanation;
  }
  explanation.allocated_bytes =
      bytesBesideInode(filesystem.type, filesystem.costs, file.allocated_bytes);
  if (filesystem.link_limit) {
    explanation.headroom_links =
        static_cast<std::int64_t>(*filesystem.link_limit) - static_cast<std::int64_t>(file.links);
  }
  return explanation;
}

NamesOfFile explainNames(std::uint64_t inode, std::uint64_t links, const RootCounts& counts,
                         const Farm& farm, std::optional<std::uint64_t> limit,
                         const ImageStore& images) {
  NamesOfFile result;
  result.layout = counts.layout;
  result.tool = toString(farm.tool);
  result.engine = counts.engine;
  result.complete = counts.errors.unread_directories == 0;
  result.links = links;
  result.all_layers = counts.layers.size();
  result.unfinished_layers = counts.unfinished_layers;
  const auto tracked =
      std::find_if(counts.tracked.begin(), counts.tracked.end(),
                   [&](const TrackedInode& entry) { return entry.inode == inode; });
  if (tracked == counts.tracked.end()) {
    result.outside_root = links;
    return result;
  }
  NamesByLayer names;
  for (const LayerNames& entry : tracked->layers) {
    result.in_layers += entry.names;
    result.heads += counts.layers[entry.layer].head ? 1U : 0U;
    names[counts.layers[entry.layer].name] += entry.names;
  }
  result.in_root = tracked->names_in_root;
  result.in_unfinished_layers = tracked->names_unfinished;
  const std::uint64_t placed = result.in_layers + result.in_unfinished_layers;
  // Names that came or went meanwhile can make either figure the larger.
  result.elsewhere_in_root = result.in_root - std::min(result.in_root, placed);
  result.outside_root = links - std::min(links, result.in_root);
  result.layers = tracked->layers.size();
  result.groups = groupLayers(*tracked, counts);
  if (tracked->linked) {
    result.tightest = tightestShare(*tracked, counts, limit);
  }
  result.paths = tracked->paths;
  nameHolders(images, names, result);
  return result;
}

}  // namespace hardlink
