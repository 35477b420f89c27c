#include "exposition/status_page.h"

#include <algorithm>
#include <cstdio>
#include <map>

#include "base/time.h"
#include "base/version.h"
#include "exposition/html.h"
#include "exposition/page_files.h"
#include "exposition/phrases.h"
#include "exposition/summary.h"

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
  slots["links_title"] = "Links each further " + one + " takes";
  slots["binding_title"] = "in the " + one;
  slots["histogram_title"] =
      capitalized(words.many) + " by the links that one more takes of a single inode";
}

void addBinding(const CensusReport& census, Slots& slots) {
  if (!census.extractions_remaining || census.tightest_layers.empty() ||
      !census.tightest_layers.front().binding_inode) {
    return;
  }
  const LayerReport& layer = census.tightest_layers.front();
  slots["binding_layer"] = layer.name;
  slots["links_per_layer"] = orNotKnown(layer.links_per_extraction);
  const auto inode =
      std::find_if(census.hot_inodes.begin(), census.hot_inodes.end(),
                   [&](const HotInodeReport& each) { return each.inode == layer.binding_inode; });
  slots["binding_file"] = inode != census.hot_inodes.end() && !inode->path.empty()
                              ? inode->path
                              : "inode " + std::to_string(*layer.binding_inode);
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
  addBinding(census, slots);
}

Slots slotsOf(const RootReport& root) {
  Slots slots;
  for (const std::string_view figure :
       {"layers_left", "headroom", "limit", "max_links", "layers"}) {
    slots[figure] = kNotKnown;
  }
  for (const std::string_view name : {"binding_layer", "binding_file", "links_per_layer"}) {
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
  slots["layout_hidden"] = slots["layout"].empty() ? "hidden" : "";
  slots["links_per_user_hidden"] = slots["links_per_user"].empty() ? "hidden" : "";
  slots["advice_hidden"] = slots["advice"].empty() ? "hidden" : "";
  slots["binding_hidden"] = slots["binding_layer"] == kUnknown ? "hidden" : "";
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
