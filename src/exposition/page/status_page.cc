#include "exposition/page/status_page.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/version.h"
#include "exposition/page/html.h"
#include "exposition/phrases.h"
#include "exposition/root_texts.h"
#include "exposition/summary.h"

namespace hardlink {
namespace {

/// Entries that are hidden where they have nothing to say.
constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kHiddenIfEmpty = {{
    {"layout_hidden", "layout"},
    {"links_per_user_hidden", "links_per_user"},
    {"advice_hidden", "advice"},
    {"fullest_hidden", "fullest"},
    {"saturated_hidden", "saturated"},
    {"bytes_hidden", "bytes"},
    {"stored_label_hidden", "stored_label"},
    {"largest_hidden", "largest"},
    {"binding_path_hidden", "binding_path"},
    {"binding_layer_hidden", "binding_layer"},
}};

std::string_view fileContent(std::string_view name) {
  const auto files = pageFiles();
  const auto file = std::find_if(files.begin(), files.end(),
                                 [&](const PageFile& each) { return each.name == name; });
  return file == files.end() ? std::string_view{} : file->content;
}

RootTexts slotsOf(const RootReport& root) {
  RootTexts slots = textsOf(root);
  slots.merge(levelMarks());
  for (const auto& [hidden, slot] : kHiddenIfEmpty) {
    slots[hidden] = slots[slot].empty() || slots[slot] == kUnknown ? "hidden" : "";
  }
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
  slots["note_hidden"] = summary.note.empty() ? "hidden" : "";
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
  insertHtml(page, "<!-- template -->", filled(root_html, levelMarks()));
  insertHtml(page, "<!-- roots -->", roots);
  return page;
}

}  // namespace hardlink
