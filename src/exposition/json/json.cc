#include "exposition/json/json.h"

#include <functional>

#include "base/version.h"
#include "exposition/json/report_json.h"
#include "exposition/root_texts.h"
#include "exposition/summary.h"

namespace hardlink {
namespace {

/// A figure of the census; null before the first census.
template <auto Member>
Json figure(const std::optional<CensusReport>& census) {
  return census ? toJson(std::invoke(Member, *census)) : Json(nullptr);
}

/// A text of the census; null if it is empty, and before the first census.
template <auto Member>
Json text(const std::optional<CensusReport>& census) {
  return knownText(census ? std::invoke(Member, *census) : "");
}

/// A list of the census; empty before the first census.
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
  object["directories_read"] = figure<&CensusReport::directories_read>(root.census);
  object["directories_unchanged"] = figure<&CensusReport::directories_unchanged>(root.census);
  object["refresh_mismatches"] = root.status.refresh_mismatches;
  return object;
}

void addDirectories(Json& object, const std::optional<CensusReport>& census) {
  object["fullest_directory"] = figure<&CensusReport::fullest_directory>(census);
  object["hot_directories"] = list<&CensusReport::hot_directories>(census);
}

void addSaturated(Json& object, const std::optional<CensusReport>& census) {
  const auto saturated = census ? census->saturated : std::nullopt;
  object["saturated_inodes"] = saturated ? Json(saturated->inodes) : Json(nullptr);
  object["saturated_empty_inodes"] = saturated ? Json(saturated->empty) : Json(nullptr);
  object["saturated_bytes"] = saturated ? Json(saturated->bytes) : Json(nullptr);
}

void addFigures(Json& object, const std::optional<CensusReport>& census) {
  object["complete"] = figure<&CensusReport::complete>(census);
  object["max_links"] = figure<&CensusReport::max_links>(census);
  object["headroom_links"] = figure<&CensusReport::headroom_links>(census);
  object["extractions_remaining"] = figure<&CensusReport::extractions_remaining>(census);
  object["first_limit"] = figure<&CensusReport::first_limit>(census);
  object["limits"] = list<&CensusReport::limits>(census);
  object["rounds_remaining"] = figure<&CensusReport::rounds_remaining>(census);
  object["layers"] = figure<&CensusReport::layers>(census);
  object["inodes"] = figure<&CensusReport::inodes>(census);
  object["multilink_inodes"] = figure<&CensusReport::multilink_inodes>(census);
  object["names"] = figure<&CensusReport::names>(census);
  object["directories"] = figure<&CensusReport::directories>(census);
  addDirectories(object, census);
  addSaturated(object, census);
  object["allocated_bytes"] = figure<&CensusReport::allocated_bytes>(census);
  object["referenced_bytes"] = figure<&CensusReport::referenced_bytes>(census);
}

Json textsObject(const RootReport& root) {
  Json object;
  for (const auto& [field, text] : textsOf(root)) {
    object[std::string(field)] = toJson(text);
  }
  return object;
}

Json alarmObject(const RootAlarm& alarm) {
  Json object;
  object["name"] = std::string(alarm.name);
  object["next_step"] = alarm.next_step;
  object["command"] = toJson(alarm.command);
  object["runbook"] = runbookPath(alarm.name);
  return object;
}

void addSummary(Json& object, const Summary& summary) {
  object["state"] = toJson(summary.state);
  object["level"] = std::string(nameOf(summary.level));
  object["headline"] = toJson(summary.headline);
  object["note"] = knownText(summary.note);
  object["alarms"] = Json::array();
  for (const RootAlarm& alarm : summary.alarms) {
    object["alarms"].push_back(alarmObject(alarm));
  }
  object["order"] = summary.order;
}

Json staleObject(const RootReport& root) {
  const std::optional<StaleSummary> stale = staleSummaryOf(root);
  if (!stale) {
    return nullptr;
  }
  Json object;
  object["after"] = toJson(stale->after);
  addSummary(object, stale->summary);
  return object;
}

Json rootObject(const RootReport& root) {
  const std::optional<CensusReport>& census = root.census;
  Json object;
  object["root"] = toJson(root.name);
  object["path"] = toJson(root.path);
  object["layout"] = figure<&CensusReport::layout>(census);
  object["tool"] = text<&CensusReport::tool>(census);
  object["layout_reason"] = text<&CensusReport::layout_reason>(census);
  object["engine"] = figure<&CensusReport::engine>(census);
  object["engine_reason"] = figure<&CensusReport::engine_reason>(census);
  object["filesystem"] = toJson(census ? census->filesystem : FilesystemReport{});
  object["up"] = toJson(root.status.up);
  object["error"] = knownText(root.status.error);
  addFigures(object, census);
  object["census"] = censusObject(root);
  object["series"] = list<&CensusReport::series>(census);
  object["links_per_user"] = figure<&CensusReport::links_per_user>(census);
  object["advice"] = text<&CensusReport::advice>(census);
  object["hot_inodes"] = list<&CensusReport::hot_inodes>(census);
  object["tightest_layers"] = list<&CensusReport::tightest_layers>(census);
  object["images"] = list<&CensusReport::images>(census);
  object["image_problems"] = list<&CensusReport::image_problems>(census);
  object["orphan_layers"] = figure<&CensusReport::orphan_layers>(census);
  object["unfinished_layers"] = list<&CensusReport::unfinished_layers>(census);
  object["histograms"]["inode_links"] = histogram<&CensusReport::inode_links>(census);
  object["histograms"]["layer_links"] = histogram<&CensusReport::layer_links>(census);
  addSummary(object, summaryOf(root));
  object["stale"] = staleObject(root);
  object["words"] = toJson(wordsOf(root));
  object["texts"] = textsObject(root);
  return object;
}

}  // namespace

std::string renderJson(const Report& report) {
  Json document;
  document["version"] = std::string(kVersion);
  document["roots"] = Json::array();
  for (const RootReport& root : report.roots) {
    document["roots"].push_back(rootObject(root));
  }
  return dumped(document);
}

}  // namespace hardlink
