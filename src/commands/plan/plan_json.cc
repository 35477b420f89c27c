#include "base/version.h"
#include "commands/plan/plan_text.h"
#include "exposition/json/report_json.h"

namespace hardlink {
namespace {

Json containerObject(const StoredContainer& container) {
  Json object;
  object["id"] = toJson(container.id);
  object["name"] = toJson(container.name);
  object["state"] = toJson(container.state);
  return object;
}

Json limitOrNull(const std::optional<Limit>& limit) {
  return limit ? Json(std::string(toString(*limit))) : Json(nullptr);
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

void addSnapshot(const PlanReport& report, const std::string& name, Json& object) {
  const auto made = madeAt(report, name);
  object["snapshot"] = toJson(name);
  object["made"] = made ? toJson(*made) : Json(nullptr);
}

Json freedObject(const PlanReport& report, const FreedAlone& freed) {
  Json object;
  addSnapshot(report, freed.layer, object);
  object["links_freed"] = freed.links;
  object["bytes_freed"] = freed.bytes;
  return object;
}

Json stepObject(const PlanReport& report, const RemovalStep& step) {
  Json object;
  if (ofSnapshots(report)) {
    addSnapshot(report, step.name, object);
    object["expiry"] = step.expiry.empty() ? Json(nullptr) : toJson(step.expiry);
  } else {
    addImage(step, object);
  }
  object["layers"] = toJson(step.layers);
  object["links_freed"] = step.links_freed;
  object["bytes_freed"] = step.bytes_freed;
  object["inodes_freed"] = toJson(step.inodes_freed);
  object["space_freed"] = toJson(step.space_freed);
  object["subdirectories_freed"] = toJson(step.subdirectories_freed);
  object["margin_after"] = toJson(step.margin_after);
  object["commands"] = toJson(commandsOf(report, step));
  return object;
}

void addOrder(const std::string& by, const std::vector<std::string>& oldest_first, Json& orders) {
  orders.push_back({{"by", by}, {"oldest_first", toJson(oldest_first)}});
}

}  // namespace

std::string renderPlanJson(const PlanReport& report) {
  const RemovalPlan& plan = report.plan;
  Json document;
  document["version"] = std::string(kVersion);
  document["path"] = toJson(report.root);
  document["layout"] = std::string(toString(report.farm.layout));
  document["tool"] = std::string(toString(report.farm.tool));
  document["layout_reason"] = toJson(report.farm.reason);
  document["complete"] = report.complete;
  document["target"] = plan.goal.isBytes() ? Json(nullptr) : Json(plan.goal.target);
  document["free"] = plan.goal.isBytes() ? Json(plan.goal.free_bytes) : Json(nullptr);
  document["bytes_freed"] = plan.bytesFreed();
  document["reached"] = plan.reached;
  document["refused"] = report.refused ? toJson(*report.refused) : Json(nullptr);
  document["advice"] = report.farm.advice.empty() ? Json(nullptr) : toJson(report.farm.advice);
  document["links_per_user"] = toJson(report.links_per_user);
  document["rounds_remaining"] = toJson(report.rounds_remaining);
  document["margin_before"] = toJson(plan.margin_before);
  document["margin_after"] = toJson(plan.margin_after);
  document["first_limit_before"] = limitOrNull(plan.first_limit_before);
  document["first_limit_after"] = limitOrNull(plan.first_limit_after);
  document["fewest_proven"] = plan.fewest_proven;
  document["least_lost_proven"] = plan.least_lost_proven;
  document["steps"] = Json::array();
  for (const RemovalStep& step : plan.steps) {
    document["steps"].push_back(stepObject(report, step));
  }
  document["would_free"] = Json::array();
  for (const FreedAlone& freed : report.would_free) {
    document["would_free"].push_back(freedObject(report, freed));
  }
  document["orders"] = Json::array();
  if (const auto& conflict = report.farm.conflict) {
    addOrder(conflict->by, conflict->first, document["orders"]);
    addOrder(conflict->other_by, conflict->second, document["orders"]);
  }
  document["holders"] = toJson(report.farm.holders);
  document["no_copies"] = toJson(report.farm.no_copies);
  document["unowned_layers"] = toJson(plan.unowned_layers);
  document["unowned_links"] = plan.unowned_links;
  document["unfinished_layers"] = toJson(plan.unfinished_layers);
  return dumped(document);
}

}  // namespace hardlink
