#include "exposition/json/report_json.h"

#include <algorithm>

#include "base/time.h"
#include "base/utf8.h"

namespace hardlink {
namespace {

Json bucket(Json upper_bound, std::uint64_t count) {
  Json object;
  object["le"] = std::move(upper_bound);
  object["count"] = count;
  return object;
}

}  // namespace

Json toJson(const std::string& text) { return sanitizeUtf8(text); }
Json knownText(const std::string& text) { return text.empty() ? Json(nullptr) : toJson(text); }
Json toJson(SystemTime time) { return rfc3339(time); }
Json toJson(bool value) { return value; }
Json toJson(double value) { return value; }
Json toJson(std::uint64_t value) { return value; }
Json toJson(std::int64_t value) { return value; }

Json toJson(const std::vector<std::string>& texts) {
  Json list = Json::array();
  for (const std::string& text : texts) {
    list.push_back(toJson(text));
  }
  return list;
}

Json toJson(const LayerWords& words) {
  Json object;
  object["one"] = std::string(words.one);
  object["many"] = std::string(words.many);
  return object;
}

Json toJson(const FilesystemReport& filesystem) {
  Json object;
  object["type"] = knownText(filesystem.type);
  object["device"] = knownText(filesystem.device);
  object["mountpoint"] = knownText(filesystem.mountpoint);
  object["link_limit"] = toJson(filesystem.link_limit);
  object["link_limit_source"] = knownText(filesystem.link_limit_source);
  object["subdirectory_limit"] = toJson(filesystem.subdirectory_limit);
  return object;
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
  object["head"] = layer.head;
  object["extractions_remaining"] = toJson(layer.extractions_remaining);
  object["links_per_extraction"] = toJson(layer.links_per_extraction);
  object["max_links"] = layer.max_links;
  object["binding_inode"] = toJson(layer.binding_inode);
  object["images"] = toJson(layer.images);
  object["orphan"] = toJson(layer.orphan);
  object["inodes"] = layer.inodes;
  object["names"] = layer.names;
  object["exclusive_bytes"] = toJson(layer.exclusive_bytes);
  return object;
}

Json toJson(const SeriesReport& series) {
  Json object;
  object["series"] = toJson(series.series);
  object["snapshots"] = series.snapshots;
  object["head"] = knownText(series.head);
  object["extractions_remaining"] = toJson(series.extractions_remaining);
  return object;
}

Json toJson(Limit limit) { return std::string(toString(limit)); }

Json toJson(const LimitReport& limit) {
  Json object;
  object["limit"] = toJson(limit.limit);
  object["extractions_remaining"] = toJson(limit.extractions_remaining);
  object["used"] = limit.used;
  object["of"] = limit.of;
  object["remaining"] = limit.remaining;
  object["per_extraction"] = toJson(limit.per_extraction);
  object["layer"] = knownText(limit.layer);
  object["path"] = knownText(limit.path);
  object["per_name"] = toJson(limit.per_name);
  object["title"] = std::string(limitTitle(limit.limit));
  return object;
}

Json toJson(const Subdirectories& directory) {
  Json object;
  object["path"] = toJson(directory.path);
  object["subdirectories"] = directory.count;
  object["limit"] = toJson(directory.limit);
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

Json toJson(const Histogram& histogram) {
  Json buckets = Json::array();
  const std::size_t bounds = std::min(histogram.bounds.size(), histogram.cumulative.size());
  for (std::size_t i = 0; i < bounds; ++i) {
    buckets.push_back(bucket(histogram.bounds[i], histogram.cumulative[i]));
  }
  buckets.push_back(bucket("+Inf", histogram.count()));
  return buckets;
}

std::string dumped(const Json& document) {
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace hardlink
