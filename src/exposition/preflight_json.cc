#include "base/version.h"
#include "exposition/preflight_text.h"
#include "exposition/report_json.h"

namespace hardlink {
namespace {

Json failureObject(const std::optional<ExtractionFailure>& failure, const ImagePreflight& image) {
  if (!failure) {
    return nullptr;
  }
  const bool links = failure->links_needed > 0;
  Json object;
  object["new_layer"] = image.fitting_layers + 1;
  object["path"] = toJson(failure->path);
  object["links_needed"] = links ? Json(failure->links_needed) : Json(nullptr);
  object["links_left"] = links ? Json(failure->links_left) : Json(nullptr);
  object["reason"] = links ? toJson(std::string("too many links")) : toJson(failure->reason);
  return object;
}

Json imageObject(const ImagePreflight& image) {
  Json object;
  object["image"] = toJson(image.tags.empty() ? image.id : image.tags.front());
  object["id"] = toJson(image.id);
  object["tags"] = toJson(image.tags);
  object["fits"] = !image.failure;
  object["layers"] = image.layers;
  object["present_layers"] = image.present_layers;
  object["deepest_present"] =
      image.deepest_present.empty() ? Json(nullptr) : toJson(image.deepest_present);
  object["shared_layers"] = image.shared_layers;
  object["new_layers"] = image.newLayers();
  object["fitting_layers"] = image.fitting_layers;
  object["extractions_remaining_before"] = toJson(image.margin_before);
  object["extractions_remaining_after"] = toJson(image.margin_after);
  object["failure"] = failureObject(image.failure, image);
  return object;
}

}  // namespace

std::string renderPreflightJson(const Preflight& preflight) {
  Json document;
  document["version"] = std::string(kVersion);
  document["archive"] = toJson(preflight.archive);
  document["format"] = preflight.format;
  document["path"] = toJson(preflight.root);
  document["filesystem"]["type"] = toJson(preflight.filesystem.type);
  document["filesystem"]["link_limit"] = toJson(preflight.filesystem.link_limit);
  document["filesystem"]["link_limit_source"] = preflight.filesystem.link_limit_source;
  document["fits"] = preflight.fits();
  document["verdict"] = verdictOf(preflight);
  document["images"] = Json::array();
  for (const ImagePreflight& image : preflight.images) {
    document["images"].push_back(imageObject(image));
  }
  document["root_extractions_remaining_after"] = toJson(preflight.root_margin_after);
  return dumped(document);
}

}  // namespace hardlink
