#pragma once

/// A plan of removals, for people, machines and shells. Any thread.

#include <map>
#include <string>
#include <vector>

#include "exposition/table.h"
#include "report/removal_plan.h"
#include "report/report.h"

namespace hardlink {

/// A plan and where it is to be carried out.
struct PlanReport {
  std::string root;  ///< path
  std::string layout;
  bool complete = true;  ///< every directory was read to its end
  RemovalPlan plan;
  std::map<std::string, SystemTime> made;  ///< when each snapshot was, by its name
  /// Why no removal is proposed, and what flag decides; then the plan has no steps.
  std::optional<std::string> refused;
  std::vector<FreedLinks> would_free;  ///< where refused: what each snapshot would free alone
  /// Names of snapshots in an order, and what gives that order.
  struct Order {
    std::string by;
    std::vector<std::string> oldest_first;
  };
  std::vector<Order> orders;  ///< where refused because of them: two that contradict each other
  std::vector<std::string> holders;    ///< not proposed, since they hold snapshots themselves
  std::vector<std::string> no_copies;  ///< not proposed, since no snapshot beside it is a copy
};

/// For people. UTF-8 without control characters but newlines and colours, whatever is in the names.
/// `options.top` is not heeded: a plan is shown whole.
[[nodiscard]] std::string renderPlan(const PlanReport& report, const TableOptions& options);

/// One JSON object and a newline. Figures that are not known are null; bytes that are not UTF-8 are
/// `\xNN`, save in the commands, which mean the same bytes as the names.
[[nodiscard]] std::string renderPlanJson(const PlanReport& report);

/// A script for a POSIX shell: what removes and frees what as comments, and the commands that do
/// it, in order. Names are quoted; nothing in them is ever a command.
[[nodiscard]] std::string renderPlanCommands(const PlanReport& report);

/// The commands of one step. Containers are removed but never stopped: `docker rm` refuses those
/// that run.
[[nodiscard]] std::vector<std::string> commandsOf(const PlanReport& report,
                                                  const RemovalStep& step);

/// Whether `docker rm` refuses the container because it runs.
[[nodiscard]] bool mustBeStopped(const StoredContainer& container);

/// What `docker` knows the container by: its name, or its id where it has none.
[[nodiscard]] const std::string& nameOf(const StoredContainer& container);

/// The plan in a sentence: what it reaches and by how many removals.
[[nodiscard]] std::string planSummary(const PlanReport& report);

/// What else an operator should know, one sentence each. May hold bytes that are not printable.
[[nodiscard]] std::vector<std::string> planNotes(const PlanReport& report);

}  // namespace hardlink
