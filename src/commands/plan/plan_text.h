#pragma once

/// A plan of removals, for people, machines and shells. Any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "commands/plan/removal_plan.h"
#include "exposition/terminal/table.h"
#include "model/farm.h"
#include "model/report.h"

namespace hardlink {

/// A plan and where it is to be carried out.
struct PlanReport {
  std::string root;  ///< path
  Farm farm;
  bool complete = true;  ///< every directory was read to its end
  RemovalPlan plan;
  /// Why no removal is proposed, and what flag decides; then the plan has no steps.
  std::optional<std::string> refused;
  std::vector<FreedAlone> would_free;  ///< where refused: what each snapshot would free alone
  /// How many times every series can get one more snapshot, before anything is removed.
  std::optional<std::uint64_t> rounds_remaining;
  std::optional<std::uint64_t> links_per_user;  ///< as in RootCounts
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

/// The commands of one step; none for a snapshot that no command removes alone. Containers are
/// removed but never stopped: `docker rm` refuses those that run.
[[nodiscard]] std::vector<std::string> commandsOf(const PlanReport& report,
                                                  const RemovalStep& step);

/// Whether any step has a command.
[[nodiscard]] bool hasCommands(const PlanReport& report);

/// Whether the steps remove snapshots, and not images.
[[nodiscard]] bool ofSnapshots(const PlanReport& report);

/// When the snapshot was made; unset where that is not known.
[[nodiscard]] std::optional<SystemTime> madeAt(const PlanReport& report,
                                               const std::string& snapshot);

/// Whether `docker rm` refuses the container because it runs.
[[nodiscard]] bool mustBeStopped(const StoredContainer& container);

/// What `docker` knows the container by: its name, or its id where it has none.
[[nodiscard]] const std::string& nameOf(const StoredContainer& container);

/// The plan in a sentence: what it reaches and by how many removals.
[[nodiscard]] std::string planSummary(const PlanReport& report);

/// What else an operator should know, one sentence each. May hold bytes that are not printable.
[[nodiscard]] std::vector<std::string> planNotes(const PlanReport& report);

}  // namespace hardlink
