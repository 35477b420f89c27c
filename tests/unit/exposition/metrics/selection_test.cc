// What a filtered scrape has, against the lines of the whole body: which line belongs to which
// group is decided here by its name, and to which root by its label.

#include <algorithm>
#include <set>

#include "support/catch.h"
#include "unit/exposition/literal_report.h"

namespace hardlink {
namespace {

using Lines = std::vector<std::string>;

/// The name of a line's metric; HELP and TYPE have it as their third word.
std::string nameIn(const std::string& line) {
  const std::size_t begin = line.starts_with("# ") ? 7 : 0;
  return line.substr(begin, line.find_first_of("{ ", begin) - begin);
}

MetricGroup groupOf(const std::string& name) {
  const auto begins = [&](const char* start) { return name.starts_with(start); };
  if (begins("hardlink_inode_links") || begins("hardlink_layer_inode_links") ||
      name == "hardlink_layer_links" || begins("hardlink_layer_links_b") ||
      begins("hardlink_layer_links_g")) {
    return MetricGroup::histograms;
  }
  if (begins("hardlink_layer_")) {
    return MetricGroup::layers;
  }
  if (begins("hardlink_image_")) {
    return MetricGroup::images;
  }
  if (begins("hardlink_hot_") || name == "hardlink_links_outside_root") {
    return MetricGroup::hot_inodes;
  }
  if (begins("hardlink_census") || begins("hardlink_watch_") || begins("hardlink_refresh_")) {
    return MetricGroup::census;
  }
  return begins("process_") ? MetricGroup::process : MetricGroup::roots;
}

/// Which of the lines of a whole body a selection has. HELP and TYPE are there if a sample of their
/// metric is.
Lines expectedLines(const std::string& body, const MetricsSelection& selection,
                    const Report& report) {
  const auto is_selected = [&](const std::string& line) {
    if (!selection.groups[static_cast<std::size_t>(groupOf(nameIn(line)))]) {
      return false;
    }
    const bool is_of_root = line.find("{root=\"") != std::string::npos;
    return !selection.roots || !is_of_root ||
           std::any_of(selection.roots->begin(), selection.roots->end(), [&](std::size_t root) {
             return line.find("{root=\"" + report.roots[root].name + "\"") != std::string::npos;
           });
  };
  Lines lines;
  std::size_t heads = 0;  // HELP and TYPE at the end of `lines`
  for (const std::string& line : linesStarting(body, "")) {
    const bool is_head = line.starts_with("# ");
    if (line.starts_with("# HELP ")) {
      lines.resize(lines.size() - heads);  // those of a metric without samples
      heads = 0;
    }
    if (is_head || is_selected(line)) {
      lines.push_back(line);
      heads = is_head ? heads + 1 : 0;
    }
  }
  lines.resize(lines.size() - heads);
  return lines;
}

Families everything() {
  Families families = metricFamilies(literalReport());
  families.append(exporterFamilies(literalReload()));
  families.append(processFamilies(literalProcess()));
  return families;
}

TEST_CASE("a selection has the lines of its groups and roots, in both text formats") {
  const Report report = literalReport();
  const std::size_t roots = report.roots.size();
  const std::vector<std::optional<std::vector<std::size_t>>> choices = {
      std::nullopt, std::vector<std::size_t>{},     std::vector<std::size_t>{0},
      {{1}},        std::vector<std::size_t>{0, 2}, std::vector<std::size_t>{roots - 1}};
  for (const auto& metrics : {renderText(everything()), renderOpenMetrics(everything())}) {
    for (unsigned groups = 0; groups < 1U << kNames<MetricGroup>.size(); ++groups) {
      for (const auto& choice : choices) {
        const MetricsSelection selection{groups, choice};
        std::string selected;
        appendSelected(metrics, selection, selected);
        const Lines expected = expectedLines(metrics.bytes, selection, report);
        if (linesStarting(selected, "") != expected) {  // a CHECK for each would take seconds
          CAPTURE(groups);
          CHECK(linesStarting(selected, "") == expected);
          return;
        }
      }
    }
  }
}

TEST_CASE("all groups and roots are the whole body, and each group has something") {
  const RenderedMetrics metrics = renderOpenMetrics(everything());
  std::string selected;
  appendSelected(metrics, {}, selected);
  CHECK(selected == metrics.bytes);
  std::set<MetricGroup> groups;
  for (const RenderedMetrics::Section& section : metrics.sections) {
    groups.insert(section.group);
  }
  CHECK(groups.size() == kNames<MetricGroup>.size());
}

}  // namespace
}  // namespace hardlink
