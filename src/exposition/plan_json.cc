#include <nlohmann/json.hpp>

#include "base/time.h"
#include "base/utf8.h"
#include "base/version.h"
#include "exposition/plan_text.h"

namespace hardlink {
namespace {

using Json = nlohmann::ordered_json;

Json toJson(const std::vector<std::string>& texts) {
  Json list = Json::array();
  for (const std::string& text : texts) {
    list.push_back(sanitizeUtf8(text));
  }
  return list;
}

Json toJson(const std::optional<std::uint64_t>& figure) {
  return figure ? Json(*figure) : Json(nullptr);
}

Json toJson(const StoredContainer& container) {
  Json object;
  object["id"] = sanitizeUtf8(container.id);
  object["name"] = sanitizeUtf8(container.name);
  object["state"] = sanitizeUtf8(container.state);
  return object;
}

void addImage(const RemovalStep& step, Json& object) {
  object["image"] = sanitizeUtf8(step.name);
  object["id"] = sanitizeUtf8(step.id);
  object["references"] = toJson(step.references);
  object["containers"] = Json::array();
  for (const StoredContainer& container : step.containers) {
    object["containers"].push_back(toJson(container));
  }
  object["images_gone_too"] = toJson(step.images_gone_too);
}

void addSnapshot(const PlanReport& report, const RemovalStep& step, Json& object) {
  const auto made = report.made.find(step.name);
  object["snapshot"] = sanitizeUtf8(step.name);
  object["made"] = made == report.made.end() ? Json(nullptr) : Json(rfc3339(made->second));
}

Json toJson(const PlanReport& report, const RemovalStep& step) {
  Json object;
  if (report.layout == "snapshots") {
    addSnapshot(report, step, object);
  } else {
    addImage(step, object);
  }
  object["layers"] = toJson(step.layers);
  object["links_freed"] = step.links_freed;
  object["margin_after"] = toJson(step.margin_after);
  object["commands"] = toJson(commandsOf(report, step));
  return object;
}

}  // namespace

std::string renderPlanJson(const PlanReport& report) {
  const RemovalPlan& plan = report.plan;
  Json document;
  document["version"] = std::string(kVersion);
  document["path"] = sanitizeUtf8(report.root);
  document["layout"] = report.layout;
  document["complete"] = report.complete;
  document["target"] = plan.target;
  document["reached"] = plan.reached;
  document["margin_before"] = toJson(plan.margin_before);
  document["margin_after"] = toJson(plan.margin_after);
  document["fewest_proven"] = plan.fewest_proven;
  document["least_lost_proven"] = plan.least_lost_proven;
  document["steps"] = Json::array();
  for (const RemovalStep& step : plan.steps) {
    document["steps"].push_back(toJson(report, step));
  }
  document["unowned_layers"] = toJson(plan.unowned_layers);
  document["unowned_links"] = plan.unowned_links;
  document["unfinished_layers"] = toJson(plan.unfinished_layers);
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace hardlink
