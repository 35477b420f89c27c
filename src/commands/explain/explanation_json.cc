#include "commands/explain/explanation.h"
#include "exposition/json/report_json.h"

namespace hardlink {
namespace {

Json fileObject(const Explanation& explanation) {
  const FileFacts& file = explanation.file;
  Json object;
  object["path"] = toJson(file.path);
  object["kind"] = file.kind;
  object["inode"] = file.inode;
  object["size"] = file.size_bytes;
  object["allocated_bytes"] = toJson(explanation.allocated_bytes);
  object["bytes_as_copies"] = toJson(bytesAsCopies(explanation));
  object["links"] = file.links;
  object["headroom_links"] = toJson(explanation.headroom_links);
  object["subdirectories"] = toJson(explanation.subdirectories);
  object["target"] = toJson(file.target);
  return object;
}

Json groupArray(const std::vector<LayerGroup>& groups) {
  Json array = Json::array();
  for (const LayerGroup& group : groups) {
    Json object;
    object["layers"] = group.layers;
    object["names"] = group.names;
    object["example"] = toJson(group.example);
    array.push_back(std::move(object));
  }
  return array;
}

Json tightestObject(const std::optional<TightestShare>& tightest) {
  if (!tightest) {
    return nullptr;
  }
  Json object;
  object["layer"] = toJson(tightest->layer);
  object["links_per_extraction"] = tightest->names;
  object["extractions_remaining"] = toJson(tightest->extractions_remaining);
  object["layer_extractions_remaining"] = toJson(tightest->layer_extractions_remaining);
  return object;
}

Json imageArray(const std::vector<HolderShare>& images) {
  Json array = Json::array();
  for (const HolderShare& image : images) {
    Json object;
    object["id"] = toJson(image.id);
    object["tags"] = toJson(image.names);
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
    object["id"] = toJson(container.id);
    object["name"] = container.names.empty() ? Json(nullptr) : toJson(container.names.front());
    object["state"] = toJson(container.state);
    object["image"] = toJson(container.image);
    object["layers"] = container.layers;
    object["links"] = container.links;
    array.push_back(std::move(object));
  }
  return array;
}

Json namesObject(const NamesOfFile& names) {
  Json object;
  object["layout"] = names.layout;
  object["tool"] = knownText(names.tool);
  object["engine"] = names.engine;
  object["complete"] = names.complete;
  object["links"] = names.links;
  object["in_root"] = names.in_root;
  object["in_layers"] = names.in_layers;
  object["in_unfinished_layers"] = names.in_unfinished_layers;
  object["elsewhere_in_root"] = names.elsewhere_in_root;
  object["outside_root"] = names.outside_root;
  object["layers"] = names.layers;
  object["heads"] = names.heads;
  object["all_layers"] = names.all_layers;
  object["orphan_layers"] = toJson(names.orphan_layers);
  object["groups"] = groupArray(names.groups);
  object["tightest"] = tightestObject(names.tightest);
  object["images"] = imageArray(names.images);
  object["containers"] = containerArray(names.containers);
  object["unfinished_layers"] = toJson(names.unfinished_layers);
  object["paths"] = toJson(names.paths);
  return object;
}

}  // namespace

std::string renderExplanationJson(const Explanation& explanation) {
  Json object;
  object["file"] = fileObject(explanation);
  object["filesystem"] = toJson(explanation.filesystem);
  object["root"] = explanation.root.empty() ? Json(nullptr) : toJson(explanation.root);
  object["root_reason"] =
      explanation.root.empty() ? Json(nullptr) : toJson(explanation.root_reason);
  object["names"] = explanation.names ? namesObject(*explanation.names) : Json(nullptr);
  object["notes"] = toJson(explanation.notes);
  return dumped(object);
}

}  // namespace hardlink
