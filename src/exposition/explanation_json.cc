#include <nlohmann/json.hpp>

#include "base/utf8.h"
#include "exposition/explanation_text.h"

namespace hardlink {
namespace {

using Json = nlohmann::ordered_json;

Json text(const std::string& bytes) { return sanitizeUtf8(bytes); }

Json texts(const std::vector<std::string>& list) {
  Json array = Json::array();
  for (const std::string& bytes : list) {
    array.push_back(text(bytes));
  }
  return array;
}

template <class Number>
Json orNull(const std::optional<Number>& number) {
  return number ? Json(*number) : Json(nullptr);
}

Json fileObject(const Explanation& explanation) {
  const FileFacts& file = explanation.file;
  Json object;
  object["path"] = text(file.path);
  object["kind"] = file.kind;
  object["inode"] = file.inode;
  object["size"] = file.size_bytes;
  object["links"] = file.links;
  object["headroom_links"] = orNull(explanation.headroom_links);
  object["subdirectories"] = orNull(explanation.subdirectories);
  object["target"] = file.target ? text(*file.target) : Json(nullptr);
  return object;
}

Json filesystemObject(const FilesystemReport& filesystem) {
  Json object;
  object["type"] = text(filesystem.type);
  object["device"] = text(filesystem.device);
  object["mountpoint"] = text(filesystem.mountpoint);
  object["link_limit"] = orNull(filesystem.link_limit);
  object["link_limit_source"] = filesystem.link_limit_source;
  object["subdirectory_limit"] = orNull(filesystem.subdirectory_limit);
  return object;
}

Json groupArray(const std::vector<LayerGroup>& groups) {
  Json array = Json::array();
  for (const LayerGroup& group : groups) {
    Json object;
    object["layers"] = group.layers;
    object["names"] = group.names;
    object["example"] = text(group.example);
    array.push_back(std::move(object));
  }
  return array;
}

Json tightestObject(const std::optional<TightestShare>& tightest) {
  if (!tightest) {
    return nullptr;
  }
  Json object;
  object["layer"] = text(tightest->layer);
  object["links_per_extraction"] = tightest->names;
  object["extractions_remaining"] = orNull(tightest->extractions_remaining);
  object["layer_extractions_remaining"] = orNull(tightest->layer_extractions_remaining);
  return object;
}

Json imageArray(const std::vector<HolderShare>& images) {
  Json array = Json::array();
  for (const HolderShare& image : images) {
    Json object;
    object["id"] = text(image.id);
    object["tags"] = texts(image.names);
    object["layers"] = image.layers;
    object["links"] = image.links;
    array.push_back(std::move(object));
  }
  return array;
}

Json containerArray(const std::vector<HolderShare>& containers) {
  Json array = Json::array();
  for (const HolderShare& container : containers) {
    Json object;
    object["id"] = text(container.id);
    object["name"] = container.names.empty() ? Json(nullptr) : text(container.names.front());
    object["state"] = text(container.state);
    object["image"] = text(container.image);
    object["layers"] = container.layers;
    object["links"] = container.links;
    array.push_back(std::move(object));
  }
  return array;
}

Json namesObject(const NamesOfFile& names) {
  Json object;
  object["layout"] = names.layout;
  object["engine"] = names.engine;
  object["complete"] = names.complete;
  object["links"] = names.links;
  object["in_root"] = names.in_root;
  object["in_layers"] = names.in_layers;
  object["in_unfinished_layers"] = names.in_unfinished_layers;
  object["elsewhere_in_root"] = names.elsewhere_in_root;
  object["outside_root"] = names.outside_root;
  object["layers"] = names.layers;
  object["all_layers"] = names.all_layers;
  object["orphan_layers"] = orNull(names.orphan_layers);
  object["groups"] = groupArray(names.groups);
  object["tightest"] = tightestObject(names.tightest);
  object["images"] = imageArray(names.images);
  object["containers"] = containerArray(names.containers);
  object["unfinished_layers"] = texts(names.unfinished_layers);
  object["paths"] = texts(names.paths);
  return object;
}

}  // namespace

std::string renderExplanationJson(const Explanation& explanation) {
  Json object;
  object["file"] = fileObject(explanation);
  object["filesystem"] = filesystemObject(explanation.filesystem);
  object["root"] = explanation.root.empty() ? Json(nullptr) : text(explanation.root);
  object["root_reason"] = explanation.root.empty() ? Json(nullptr) : text(explanation.root_reason);
  object["names"] = explanation.names ? namesObject(*explanation.names) : Json(nullptr);
  object["notes"] = texts(explanation.notes);
  return object.dump(2) + "\n";
}

}  // namespace hardlink
