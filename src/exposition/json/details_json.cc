#include "exposition/json/json.h"

#include <algorithm>
#include <set>

#include "base/utf8.h"
#include "exposition/json/report_json.h"

namespace hardlink {
namespace {

/// The root with this name; null if there is none, and before its first census.
const RootReport* findRoot(const Report& report, std::string_view name) {
  for (const RootReport& root : report.roots) {
    if (root.census && sanitizeUtf8(root.name) == name) {
      return &root;
    }
  }
  return nullptr;
}

Json hotInode(const CensusReport& census, const std::optional<std::uint64_t>& inode) {
  for (const HotInodeReport& each : census.hot_inodes) {
    if (each.inode == inode) {
      return toJson(each);
    }
  }
  return nullptr;
}

/// The images of the report that have one of `names`.
Json imagesNamed(const CensusReport& census, const std::set<std::string>& names) {
  Json images = Json::array();
  for (const ImageReport& image : census.images) {
    if (names.contains(image.image)) {
      images.push_back(toJson(image));
    }
  }
  return images;
}

Json heading(const RootReport& root) {
  Json document;
  document["root"] = toJson(root.name);
  document["path"] = toJson(root.path);
  document["layout"] = toJson(root.census->layout);
  document["words"] = toJson(wordsOf(root));
  document["up"] = toJson(root.status.up);
  document["last_success"] = toJson(root.status.last_success);
  document["link_limit"] = toJson(root.census->filesystem.link_limit);
  return document;
}

}  // namespace

std::optional<std::string> renderLayerDetails(const Report& report, std::string_view root,
                                              std::string_view layer) {
  const RootReport* found = findRoot(report, root);
  if (found == nullptr) {
    return std::nullopt;
  }
  const CensusReport& census = *found->census;
  const auto& layers = census.tightest_layers;
  const auto held = std::find_if(layers.begin(), layers.end(), [&](const LayerReport& each) {
    return sanitizeUtf8(each.name) == layer;
  });
  if (held == layers.end()) {
    return std::nullopt;
  }
  Json document = heading(*found);
  document["layer"] = toJson(*held);
  document["binding_file"] = hotInode(census, held->binding_inode);
  document["images"] = imagesNamed(census, {held->images.begin(), held->images.end()});
  document["histograms"]["inode_links"] = toJson(held->inode_links);
  return dumped(document);
}

std::optional<std::string> renderInodeDetails(const Report& report, std::string_view root,
                                              std::uint64_t inode) {
  const RootReport* found = findRoot(report, root);
  if (found == nullptr) {
    return std::nullopt;
  }
  const CensusReport& census = *found->census;
  Json file = hotInode(census, inode);
  Json layers = Json::array();
  std::set<std::string> images;
  for (const LayerReport& layer : census.tightest_layers) {
    if (layer.binding_inode == inode) {
      layers.push_back(toJson(layer));
      images.insert(layer.images.begin(), layer.images.end());
    }
  }
  if (file.is_null() && layers.empty()) {
    return std::nullopt;
  }
  Json document = heading(*found);
  document["inode"] = toJson(inode);
  document["file"] = std::move(file);
  document["binds"] = std::move(layers);
  document["images"] = imagesNamed(census, images);
  document["histograms"]["inode_links"] = toJson(census.inode_links);
  return dumped(document);
}

std::string renderJsonError(std::string_view text) {
  Json document;
  document["error"] = toJson(std::string(text));
  return dumped(document);
}

}  // namespace hardlink
