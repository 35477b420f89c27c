#include "exposition/page/status_page.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <utility>

#include "base/time.h"
#include "base/version.h"
#include "exposition/page/html.h"
#include "exposition/page/page_files.h"
#include "exposition/phrases.h"
#include "exposition/summary.h"
#include "report/alarms.h"

namespace hardlink {
namespace {

using Slots = std::map<std::string_view, std::string>;

constexpr std::string_view kNotKnown = "unknown";

constexpr std::string_view kNoLayers = "–";

std::string_view fileContent(std::string_view name) {
  const auto files = pageFiles();
  const auto file = std::find_if(files.begin(), files.end(),
                                 [&](const PageFile& each) { return each.name == name; });
  return file == files.end() ? std::string_view{} : file->content;
}

template <class Number>
std::string orNotKnown(const std::optional<Number>& number) {
  return number ? thousands(*number) : std::string(kNotKnown);
}

std::string lastCensus(const CensusStatus& status) {
  if (!status.last_success) {
    return "never";
  }
  std::string text = rfc3339(*status.last_success);
  if (status.duration_seconds && status.up == true) {
    char seconds[64];
    std::snprintf(seconds, sizeof seconds, ", took %.2f s", *status.duration_seconds);
    text += seconds;
  }
  return text;
}

std::string limitText(const FilesystemReport& filesystem) {
  const std::string on = filesystem.type.empty() ? "" : " on " + filesystem.type;
  if (!filesystem.link_limit) {
    return std::string(kNotKnown) + on;
  }
  return counted(*filesystem.link_limit, "link", "links") + " per file" + on + ", from " +
         filesystem.link_limit_source +
         (filesystem.link_limit_source == "pathconf" ? " (a guess)" : "");
}

std::string headroomText(const CensusReport& census) {
  if (!census.headroom_links || !census.filesystem.link_limit) {
    return std::string(kNotKnown);
  }
  return thousands(*census.headroom_links) + " of " +
         counted(*census.filesystem.link_limit, "link", "links") + " left";
}

/// How much of the bar is used up, in percent with a tenth.
std::string usedPercent(const CensusReport& census) {
  const std::uint64_t limit = census.filesystem.link_limit.value_or(0);
  const double used =
      limit == 0 ? 0 : 100.0 * static_cast<double>(census.max_links) / static_cast<double>(limit);
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", std::min(used, 100.0));
  return text;
}

/// Titles in the words of the layout. As titles() in verdict.js.
void addTitles(std::string_view layout, Slots& slots) {
  const LayerWords words = layerWords(layout);
  const std::string one(words.one);
  slots["layers_title"] = capitalized(words.many);
  slots["left_title"] = capitalized(words.many) + " left";
  slots["takes_title"] = "Links each further " + one + " takes";
  slots["path_title"] = "Bound by the file";
  slots["binding_title"] = "Ends first in the " + one;
  slots["histogram_title"] =
      capitalized(words.many) + " by the links that one more takes of a single inode";
}

/// As binding() in verdict.js.
void addBinding(const CensusReport& census, Slots& slots) {
  const LimitReport* const first = firstLimit(census);
  if (first == nullptr) {
    return;
  }
  const LayerWords words = layerWords(isLayered(census) ? census.layout : "");
  slots["takes_title"] =
      capitalized(toString(first->limit)) + " each further " + std::string(words.one) + " takes";
  if (first->limit == Limit::subdirectories) {
    slots["path_title"] = "Bound by the directory";
  }
  if (!first->layer.empty()) {
    slots["binding_layer"] = first->layer;
  }
  if (first->per_extraction) {
    slots["takes"] = amountOf(first->limit, *first->per_extraction);
  }
  if (!first->path.empty()) {
    slots["binding_path"] = first->path;
  }
}

void addFigures(const CensusReport& census, Slots& slots) {
  const bool unknown = !census.filesystem.link_limit && census.layers > 0;
  slots["layers_left"] = census.extractions_remaining
                             ? thousands(*census.extractions_remaining)
                             : std::string(unknown ? kNotKnown : kNoLayers);
  slots["headroom"] = headroomText(census);
  slots["used_percent"] = usedPercent(census);
  slots["limit"] = limitText(census.filesystem);
  slots["max_links"] = thousands(census.max_links);
  slots["layers"] = thousands(census.layers);
  slots["layout"] = layoutText(census);
  slots["links_per_user"] = census.links_per_user ? thousands(*census.links_per_user) : "";
  slots["advice"] = census.advice;
  slots["fullest"] = fullestDirectoryText(census);
  slots["saturated"] = saturatedText(census);
  addBinding(census, slots);
}

/// Hides the entries that have nothing to say.
void hideEmpty(Slots& slots) {
  using Names = std::pair<std::string_view, std::string_view>;
  for (const auto& [slot, hidden] : {Names{"layout", "layout_hidden"},
                                     {"links_per_user", "links_per_user_hidden"},
                                     {"advice", "advice_hidden"},
                                     {"fullest", "fullest_hidden"},
                                     {"saturated", "saturated_hidden"},
                                     {"binding_path", "binding_path_hidden"},
                                     {"binding_layer", "binding_layer_hidden"}}) {
    slots[hidden] = slots[slot].empty() || slots[slot] == kUnknown ? "hidden" : "";
  }
}

Slots slotsOf(const RootReport& root) {
  Slots slots;
  for (const std::string_view figure :
       {"layers_left", "headroom", "limit", "max_links", "layers"}) {
    slots[figure] = kNotKnown;
  }
  for (const std::string_view name : {"binding_layer", "binding_path", "takes"}) {
    slots[name] = kUnknown;
  }
  slots["used_percent"] = "0";
  slots["bar_hidden"] = root.census && root.census->filesystem.link_limit ? "" : "hidden";
  slots["name"] = root.name;
  slots["path_hidden"] = root.path == root.name ? "hidden" : "";
  slots["path"] = root.path;
  const Summary summary = summaryOf(root);
  slots["level"] = nameOf(summary.level);
  slots["level_hidden"] = wordFor(summary.level).empty() ? "hidden" : "";
  slots["headline"] = summary.headline;
  slots["state"] = summary.state;
  slots["note"] = summary.note;
  slots["note_hidden"] = slots["note"].empty() ? "hidden" : "";
  slots["last_census"] = lastCensus(root.status);
  addTitles(root.census && isLayered(*root.census) ? root.census->layout : "", slots);
  if (root.census) {
    addFigures(*root.census, slots);
  }
  hideEmpty(slots);
  return slots;
}

/// `html` with the marker replaced by other HTML.
void insertHtml(std::string& html, std::string_view marker, std::string_view other) {
  if (const std::size_t at = html.find(marker); at != std::string::npos) {
    html.replace(at, marker.size(), other);
  }
}

}  // namespace

std::string renderStatusPage(const Report& report, std::string_view telemetry_path) {
  const std::string_view root_html = fileContent("root.html");
  std::string roots;
  for (const RootReport& root : report.roots) {
    roots += filled(root_html, slotsOf(root));
  }
  std::string page = filled(fileContent("status.html"),
                            {{"version", std::string(kVersion)},
                             {"revision", std::string(kRevision)},
                             {"assets", "./assets/" + std::string(pageFilesVersion())},
                             {"metrics", "." + std::string(telemetry_path)},
                             {"no_roots_hidden", report.roots.empty() ? "" : "hidden"}});
  // What comes in last is not searched for markers again: names may hold them.
  insertHtml(page, "<!-- template -->", filled(root_html, {}));
  insertHtml(page, "<!-- roots -->", roots);
  return page;
}

}  // namespace hardlink
