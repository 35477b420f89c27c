#include "base/text.h"
#include "base/time.h"
#include "commands/plan/plan_text.h"
#include "exposition/phrases.h"
#include "exposition/terminal/columns.h"
#include "exposition/terminal/table_text.h"

namespace hardlink {
namespace {

using Align = Columns::Align;

constexpr std::size_t kLabelColumns = 9;

std::string line(std::string_view label, std::string_view text, std::string_view style,
                 const TableOptions& options) {
  const TableText table(options);
  return table.labelled(label, kLabelColumns, table.shown(text), style);
}

std::string containersOf(const RemovalStep& step, const TableText& text) {
  std::vector<std::string> names;
  for (const StoredContainer& container : step.containers) {
    names.push_back(nameOf(container));
  }
  return names.empty() ? std::string(kUnknown) : text.shown(joined(names));
}

std::string timeOf(const PlanReport& report, const std::string& snapshot) {
  const auto made = madeAt(report, snapshot);
  return made ? rfc3339(*made) : std::string(kUnknown);
}

std::string steps(const PlanReport& report, const TableOptions& options) {
  const TableText text(options);
  const auto& all = report.plan.steps;
  const bool snapshots = ofSnapshots(report);
  const std::vector<Column<RemovalStep>> columns = {
      {"step", Align::right, 0,
       [&](const auto& step) { return thousands(&step - all.data() + 1); }},
      {"room after", Align::right, 0,
       [](const auto& step) { return step.margin_after ? thousands(*step.margin_after) : "any"; },
       report.plan.margins_known},
      {"frees", Align::right, 0, [](const auto& step) { return byteSize(step.bytes_freed); }},
      {"links freed", Align::right, 0,
       [](const auto& step) { return thousands(step.links_freed); }},
      {"inodes freed", Align::right, 0,
       [](const auto& step) { return orUnknown(step.inodes_freed); }},
      {"layers", Align::right, 0,
       [](const auto& step) { return thousands(std::uint64_t{step.layers.size()}); }},
      {"made", Align::left, 0, [&](const auto& step) { return timeOf(report, step.name); },
       snapshots},
      {"containers", Align::left, 0, [&](const auto& step) { return containersOf(step, text); },
       !snapshots},
      {snapshots ? "snapshot" : "image", Align::left, 0,
       [&](const auto& step) { return text.shown(step.name); }}};
  return tableOf(columns, all, all.size()).render(kIndent, options.width);
}

std::string wouldFree(const PlanReport& report, const TableOptions& options) {
  const TableText text(options);
  const std::vector<Column<FreedAlone>> columns = {
      {"frees", Align::right, 0, [](const auto& freed) { return byteSize(freed.bytes); }},
      {"links freed", Align::right, 0, [](const auto& freed) { return thousands(freed.links); }},
      {"made", Align::left, 0, [&](const auto& freed) { return timeOf(report, freed.layer); }},
      {"directory", Align::left, 0, [&](const auto& freed) { return text.shown(freed.layer); }}};
  return tableOf(columns, report.would_free, report.would_free.size())
      .render(kIndent, options.width);
}

}  // namespace

std::string renderPlan(const PlanReport& report, const TableOptions& options) {
  const TableText text(options);
  std::string out = text.colored(text.shown(report.root), kBold) + "\n" +
                    line("Plan", planSummary(report), report.plan.reached ? kBold : kRed, options);
  for (const std::string& note : planNotes(report)) {
    out += line("Note", note, kYellow, options);
  }
  if (!report.would_free.empty()) {
    out += "\n" + wouldFree(report, options);
  }
  if (report.plan.steps.empty()) {
    return text.finished(std::move(out));
  }
  out += "\n" + steps(report, options) + "\n" +
         line("Nothing",
              hasCommands(report)
                  ? "has been removed; --format=commands prints the commands that would"
                  : "has been removed",
              "0", options);
  return text.finished(std::move(out));
}

}  // namespace hardlink
