#include "base/version.h"
#include "commands/preflight/preflight_report.h"
#include "exposition/json/report_json.h"

namespace hardlink {
namespace {

/// What the system calls say.
std::string tooMuchOf(Limit limit) {
  if (limit == Limit::links || limit == Limit::subdirectories) {
    return "too many links";
  }
  return "no space left on device";
}

Json failureObject(const std::optional<ExtractionFailure>& failure, const ImagePreflight& image) {
  if (!failure) {
    return nullptr;
  }
  const auto limit = failure->limit;
  const bool links = limit == Limit::links;
  const bool of_a_layer = !limit || failure->reason.empty();
  Json object;
  object["new_layer"] = of_a_layer ? Json(image.fitting_layers + 1) : Json(nullptr);
  object["path"] = toJson(failure->path);
  object["limit"] = limit ? Json(std::string(toString(*limit))) : Json(nullptr);
  object["needed"] = limit ? Json(failure->needed) : Json(nullptr);
  object["left"] = limit ? Json(failure->left) : Json(nullptr);
  object["links_needed"] = links ? Json(failure->needed) : Json(nullptr);
  object["links_left"] = links ? Json(failure->left) : Json(nullptr);
  object["reason"] = limit ? Json(tooMuchOf(*limit)) : toJson(failure->reason);
  return object;
}

/// What is left of something that may be without a limit, or unknown; `needed` only makes sense
/// where it is.
void addQuota(Json& object, const std::string& unit, const std::optional<Quota>& quota,
              std::uint64_t needed) {
  object[unit + "_needed"] = quota ? Json(needed) : Json(nullptr);
  object[unit + "_left"] = quota ? Json(quota->left) : Json(nullptr);
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
  addQuota(object, "inodes", image.left.inodes, image.needed.inodes);
  addQuota(object, "bytes", image.left.bytes, image.needed.bytes);
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
  document["filesystem"] = toJson(preflight.filesystem);
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
