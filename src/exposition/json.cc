#include "exposition/json.h"

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

#include "base/time.h"
#include "base/utf8.h"
#include "base/version.h"

namespace hardlink {
namespace {

using Json = nlohmann::ordered_json;

Json toJson(const std::string& text) { return sanitizeUtf8(text); }
Json toJson(SystemTime time) { return rfc3339(time); }
Json toJson(bool value) { return value; }
Json toJson(double value) { return value; }
Json toJson(std::uint64_t value) { return value; }
Json toJson(std::int64_t value) { return value; }

template <class Value>
Json toJson(const std::optional<Value>& value) {
  return value ? toJson(*value) : Json(nullptr);
}

Json toJson(const std::vector<std::string>& texts) {
  Json list = Json::array();
  for (const std::string& text : texts) {
    list.push_back(toJson(text));
  }
  return list;
}

Json toJson(const HotInodeReport& inode) {
  Json object;
  object["inode"] = inode.inode;
  object["links"] = inode.links;
  object["headroom_links"] = toJson(inode.headroom_links);
  object["names_in_root"] = inode.names_in_root;
  object["links_outside_root"] = inode.links_outside_root;
  object["layers"] = inode.layers;
  object["path"] = toJson(inode.path);
  object["size"] = inode.size_bytes;
  return object;
}

Json toJson(const LayerReport& layer) {
  Json object;
  object["layer"] = toJson(layer.name);
  object["extractions_remaining"] = toJson(layer.extractions_remaining);
  object["links_per_extraction"] = toJson(layer.links_per_extraction);
  object["max_links"] = layer.max_links;
  object["binding_inode"] = toJson(layer.binding_inode);
  object["images"] = toJson(layer.images);
  object["orphan"] = toJson(layer.orphan);
  object["inodes"] = layer.inodes;
  object["names"] = layer.names;
  return object;
}

Json toJson(const ImageReport& image) {
  Json object;
  object["image"] = toJson(image.image);
  object["id"] = toJson(image.id);
  object["extractions_remaining"] = toJson(image.extractions_remaining);
  object["layers"] = image.layers;
  object["own_layers"] = image.own_layers;
  object["links_freed"] = image.links_freed;
  return object;
}

Json bucket(Json upper_bound, std::uint64_t count) {
  Json object;
  object["le"] = std::move(upper_bound);
  object["count"] = count;
  return object;
}

Json toJson(const Histogram& histogram) {
  Json buckets = Json::array();
  const std::size_t bounds = std::min(histogram.bounds.size(), histogram.cumulative.size());
  for (std::size_t i = 0; i < bounds; ++i) {
    buckets.push_back(bucket(histogram.bounds[i], histogram.cumulative[i]));
  }
  buckets.push_back(bucket("+Inf", histogram.count()));
  return buckets;
}

/// A figure of the census; null before the first.
template <auto Member>
Json figure(const std::optional<CensusReport>& census) {
  return census ? toJson(std::invoke(Member, *census)) : Json(nullptr);
}

template <auto Member>
Json filesystemFigure(const std::optional<CensusReport>& census) {
  return census ? toJson(std::invoke(Member, census->filesystem)) : Json(nullptr);
}

/// A list of the census; empty before the first.
template <auto Member>
Json list(const std::optional<CensusReport>& census) {
  Json entries = Json::array();
  if (census) {
    for (const auto& entry : std::invoke(Member, *census)) {
      entries.push_back(toJson(entry));
    }
  }
  return entries;
}

template <auto Member>
Json histogram(const std::optional<CensusReport>& census) {
  return census ? toJson(std::invoke(Member, *census)) : Json::array();
}

Json filesystemObject(const std::optional<CensusReport>& census) {
  Json object;
  object["type"] = filesystemFigure<&FilesystemReport::type>(census);
  object["device"] = filesystemFigure<&FilesystemReport::device>(census);
  object["mountpoint"] = filesystemFigure<&FilesystemReport::mountpoint>(census);
  object["link_limit"] = filesystemFigure<&FilesystemReport::link_limit>(census);
  object["link_limit_source"] = filesystemFigure<&FilesystemReport::link_limit_source>(census);
  object["subdirectory_limit"] = filesystemFigure<&FilesystemReport::subdirectory_limit>(census);
  return object;
}

Json censusObject(const RootReport& root) {
  Json errors;
  for (std::size_t i = 0; i < kCensusErrorReasons.size(); ++i) {
    errors[std::string(kCensusErrorReasons[i])] =
        root.census ? Json(root.census->errors.by_reason[i]) : Json(nullptr);
  }
  Json object;
  object["started"] = toJson(root.status.started);
  object["duration_seconds"] = toJson(root.status.duration_seconds);
  object["errors"] = std::move(errors);
  object["last_success"] = toJson(root.status.last_success);
  object["in_progress"] = root.status.in_progress;
  return object;
}

void addFigures(Json& object, const std::optional<CensusReport>& census) {
  object["complete"] = figure<&CensusReport::complete>(census);
  object["max_links"] = figure<&CensusReport::max_links>(census);
  object["headroom_links"] = figure<&CensusReport::headroom_links>(census);
  object["extractions_remaining"] = figure<&CensusReport::extractions_remaining>(census);
  object["layers"] = figure<&CensusReport::layers>(census);
  object["inodes"] = figure<&CensusReport::inodes>(census);
  object["multilink_inodes"] = figure<&CensusReport::multilink_inodes>(census);
  object["names"] = figure<&CensusReport::names>(census);
  object["directories"] = figure<&CensusReport::directories>(census);
}

Json toJson(const RootReport& root) {
  const std::optional<CensusReport>& census = root.census;
  Json object;
  object["root"] = toJson(root.name);
  object["path"] = toJson(root.path);
  object["layout"] = figure<&CensusReport::layout>(census);
  object["engine"] = figure<&CensusReport::engine>(census);
  object["engine_reason"] = figure<&CensusReport::engine_reason>(census);
  object["filesystem"] = filesystemObject(census);
  object["up"] = toJson(root.status.up);
  object["error"] = root.status.error.empty() ? Json(nullptr) : toJson(root.status.error);
  addFigures(object, census);
  object["census"] = censusObject(root);
  object["hot_inodes"] = list<&CensusReport::hot_inodes>(census);
  object["tightest_layers"] = list<&CensusReport::tightest_layers>(census);
  object["images"] = list<&CensusReport::images>(census);
  object["image_problems"] = list<&CensusReport::image_problems>(census);
  object["orphan_layers"] = figure<&CensusReport::orphan_layers>(census);
  object["unfinished_layers"] = list<&CensusReport::unfinished_layers>(census);
  object["histograms"]["inode_links"] = histogram<&CensusReport::inode_links>(census);
  object["histograms"]["layer_links"] = histogram<&CensusReport::layer_links>(census);
  return object;
}

}  // namespace

std::string renderJson(const Report& report) {
  Json document;
  document["version"] = std::string(kVersion);
  document["roots"] = Json::array();
  for (const RootReport& root : report.roots) {
    document["roots"].push_back(toJson(root));
  }
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace hardlink
