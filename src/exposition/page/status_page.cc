#include "exposition/page/status_page.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

#include "base/time.h"
#include "base/version.h"
#include "exposition/next_steps.h"
#include "exposition/page/html.h"
#include "exposition/page/markdown.h"
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

/// The end of a link to the section of a root, which has the name in its id.
std::string fragmentOf(const std::string& name) {
  std::string fragment;
  for (const char c : visible(name)) {
    fragment += c == '%' ? "%25" : std::string(1, c);
  }
  return fragment;
}

RootTexts slotsOf(const RootReport& root, const Summary& summary) {
  RootTexts slots = textsOf(root);
  slots.merge(levelMarks());
  for (const auto& [hidden, slot] : kHiddenIfEmpty) {
    slots[hidden] = slots[slot].empty() || slots[slot] == kUnknown ? "hidden" : "";
  }
  slots["bar_hidden"] = root.census && root.census->filesystem.link_limit ? "" : "hidden";
  slots["name"] = root.name;
  slots["path_hidden"] = root.path == root.name ? "hidden" : "";
  slots["path"] = root.path;
  slots["anchor"] = fragmentOf(root.name);
  slots["level"] = nameOf(summary.level);
  slots["level_hidden"] = wordFor(summary.level).empty() ? "hidden" : "";
  slots["headline"] = summary.headline;
  slots["state"] = summary.state;
  slots["note"] = summary.note;
  slots["note_hidden"] = summary.note.empty() ? "hidden" : "";
  slots["alarms_hidden"] = summary.alarms.empty() ? "hidden" : "";
  return slots;
}

std::string alarmsHtml(const std::vector<RootAlarm>& alarms) {
  std::string html;
  for (const RootAlarm& alarm : alarms) {
    html += filled(fileContent("alarm.html"), {{"name", std::string(alarm.name)},
                                               {"next_step", alarm.next_step},
                                               {"command", alarm.command},
                                               {"runbook", runbookPath(alarm.name)}});
  }
  return html;
}

/// Replaces the marker in `html` by other HTML.
void insertHtml(std::string& html, std::string_view marker, std::string_view other) {
  if (const std::size_t at = html.find(marker); at != std::string::npos) {
    html.replace(at, marker.size(), other);
  }
}

struct Shown {
  const RootReport* root;
  Summary summary;
};

std::string sectionHtml(const Shown& shown) {
  std::string html = filled(fileContent("root.html"), slotsOf(*shown.root, shown.summary));
  insertHtml(html, "<!-- alarms -->", alarmsHtml(shown.summary.alarms));
  return html;
}

/// The roots in the order of the table: the worst first.
std::vector<const Shown*> worstFirst(const std::vector<Shown>& roots) {
  std::vector<const Shown*> sorted(roots.size());
  std::transform(roots.begin(), roots.end(), sorted.begin(),
                 [](const Shown& each) { return &each; });
  std::stable_sort(sorted.begin(), sorted.end(), [](const Shown* a, const Shown* b) {
    return a->summary.order < b->summary.order;
  });
  return sorted;
}

std::string rowsHtml(const std::vector<const Shown*>& roots) {
  std::string html;
  for (const Shown* const each : roots) {
    RootTexts slots = slotsOf(*each->root, each->summary);
    const auto& last_success = each->root->status.last_success;
    slots["figures_of"] = last_success ? "figures of " + rfc3339(*last_success) : "no figures";
    html += filled(fileContent("row.html"), slots);
  }
  return html;
}

/// The title of the tab, and its icon: those of the worst root. As in files/overview.js.
std::map<std::string_view, std::string> tabSlots(const std::vector<const Shown*>& roots) {
  if (roots.empty()) {
    return {{"title", ""}, {"icon", "icon"}};
  }
  const Summary& worst = roots.front()->summary;
  const std::string level(nameOf(worst.level));
  return {{"title", level + ": " + roots.front()->root->name + ", " + worst.headline + " – "},
          {"icon", "icon-" + level}};
}

std::string assetsAddress() { return "./assets/" + std::string(pageFilesVersion()); }

}  // namespace

std::string renderStatusPage(const Report& report, std::string_view telemetry_path) {
  std::vector<Shown> roots;
  std::string sections;
  for (const RootReport& root : report.roots) {
    roots.push_back({&root, summaryOf(root)});
    sections += sectionHtml(roots.back());
  }
  const std::vector<const Shown*> sorted = worstFirst(roots);
  auto slots = tabSlots(sorted);
  slots.merge(
      std::map<std::string_view, std::string>{{"version", std::string(kVersion)},
                                              {"revision", std::string(kRevision)},
                                              {"assets", assetsAddress()},
                                              {"metrics", "." + std::string(telemetry_path)},
                                              {"overview_hidden", roots.size() > 1 ? "" : "hidden"},
                                              {"no_roots_hidden", roots.empty() ? "" : "hidden"}});
  std::string page = filled(fileContent("status.html"), slots);
  // What comes in last is not searched for markers again: names may hold them.
  insertHtml(page, "<!-- row template -->", filled(fileContent("row.html"), {}));
  insertHtml(page, "<!-- template -->", filled(fileContent("root.html"), levelMarks()));
  insertHtml(page, "<!-- roots -->", sections);
  insertHtml(page, "<!-- rows -->", rowsHtml(sorted));
  return page;
}

std::string renderRunbook() {
  const Markdown runbook = renderMarkdown(fileContent("runbook.md"));
  std::string contents = "<nav aria-label=\"Sections\">\n<ul>\n";
  for (const std::string& heading : runbook.headings) {
    contents +=
        "<li><a href=\"#" + escaped(anchorOf(heading)) + "\">" + escaped(heading) + "</a></li>\n";
  }
  std::string page = filled(fileContent("runbook.html"), {{"version", std::string(kVersion)},
                                                          {"revision", std::string(kRevision)},
                                                          {"assets", assetsAddress()}});
  constexpr std::string_view kTitleEnd = "</h1>\n";
  insertHtml(page, "<!-- runbook -->", runbook.html);
  insertHtml(page, kTitleEnd, std::string(kTitleEnd) + contents + "</ul>\n</nav>\n");
  return page;
}

}  // namespace hardlink
