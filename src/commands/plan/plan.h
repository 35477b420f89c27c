#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "commands/common_flags.h"
#include "commands/plan/removal_plan.h"
#include "config/types.h"

namespace hardlink {

enum class PlanFormat : std::uint8_t { table, json, commands };
template <>
inline constexpr std::array<Name<PlanFormat>, 3> kNames<PlanFormat> = {
    {{PlanFormat::table, "table"}, {PlanFormat::json, "json"}, {PlanFormat::commands, "commands"}}};

/// `hardlink_exporter plan [PATH]`.
struct PlanOptions {
  std::optional<std::string> path;
  PlanGoal goal;
  PlanFormat format = PlanFormat::table;
  OrderChoice order = OrderChoice::automatic;  ///< what tells the age of snapshots
  CensusFlags census;
};

void addPlanFlags(Flags& flags, PlanOptions& options);

/// Prints which removals reach the goal. Removes nothing. Returns the exit
/// code.
[[nodiscard]] int runPlan(const PlanOptions& options);

}  // namespace hardlink
