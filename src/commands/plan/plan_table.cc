#include "base/text.h"
#include "base/time.h"
#include "commands/plan/plan_text.h"
#include "exposition/phrases.h"
#include "exposition/terminal/columns.h"
#include "exposition/terminal/table_text.h"

namespace hardlink {
namespace {

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
  using Align = Columns::Align;
  const TableText text(options);
  const bool snapshots = ofSnapshots(report);
  Columns columns({{"step", Align::right},
                   {"room after", Align::right},
                   {"links freed", Align::right},
                   {"inodes freed", Align::right},
                   {"space freed", Align::right},
                   {"layers", Align::right},
                   {snapshots ? "made" : "containers", Align::left},
                   {snapshots ? "snapshot" : "image", Align::left}});
  const auto& all = report.plan.steps;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const RemovalStep& step = all[i];
    columns.addRow(
        {thousands(std::uint64_t{i + 1}), step.margin_after ? thousands(*step.margin_after) : "any",
         thousands(step.links_freed), orUnknown(step.inodes_freed),
         step.space_freed ? byteSize(*step.space_freed) : std::string(kUnknown),
         thousands(std::uint64_t{step.layers.size()}),
         snapshots ? timeOf(report, step.name) : containersOf(step, text), text.shown(step.name)});
  }
  return columns.render(kIndent, options.width);
}

std::string wouldFree(const PlanReport& report, const TableOptions& options) {
  using Align = Columns::Align;
  const TableText text(options);
  Columns columns(
      {{"links freed", Align::right}, {"made", Align::left}, {"directory", Align::left}});
  for (const FreedLinks& freed : report.would_free) {
    columns.addRow({thousands(freed.links), timeOf(report, freed.layer), text.shown(freed.layer)});
  }
  return columns.render(kIndent, options.width);
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
