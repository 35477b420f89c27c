#include "base/version.h"
#include "exposition/plan_text.h"
#include "exposition/report_json.h"

namespace hardlink {
namespace {

Json containerObject(const StoredContainer& container) {
  Json object;
  object["id"] = toJson(container.id);
  object["name"] = toJson(container.name);
  object["state"] = toJson(container.state);
  return object;
}

void addImage(const RemovalStep& step, Json& object) {
  object["image"] = toJson(step.name);
  object["id"] = toJson(step.id);
  object["references"] = toJson(step.references);
  object["containers"] = Json::array();
  for (const StoredContainer& container : step.containers) {
    object["containers"].push_back(containerObject(container));
  }
  object["images_gone_too"] = toJson(step.images_gone_too);
}

void addSnapshot(const PlanReport& report, const RemovalStep& step, Json& object) {
  const auto made = report.made.find(step.name);
  object["snapshot"] = toJson(step.name);
  object["made"] = made == report.made.end() ? Json(nullptr) : toJson(made->second);
}

Json stepObject(const PlanReport& report, const RemovalStep& step) {
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
  document["path"] = toJson(report.root);
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
    document["steps"].push_back(stepObject(report, step));
  }
  document["unowned_layers"] = toJson(plan.unowned_layers);
  document["unowned_links"] = plan.unowned_links;
  document["unfinished_layers"] = toJson(plan.unfinished_layers);
  return dumped(document);
}

}  // namespace hardlink
