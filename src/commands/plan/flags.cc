#include "commands/plan/plan.h"
#include "config/validate.h"

namespace hardlink {
namespace {

constexpr std::uint64_t kHighestTarget = 1'000'000;
constexpr const char* kFooter =
    "Prints which images to remove, the fewest that suffice and of those the ones that lose "
    "least,\n"
    "in order, with the room after each. It removes nothing. Images with containers come last. Of\n"
    "snapshots the oldest go first, never the newest of a series, each by the command of the tool\n"
    "that made it. A store has no steps: the tool's own clean-up is named. Where it is not "
    "certain\n"
    "what may go, the reason, the flag that decides and what each would free are printed.\n"
    "Exit codes: 0 the target is or can be reached, 1 it cannot (the best plan is printed all the\n"
    "same) or the plan could not be made, 2 wrong usage.\n"
    "\n"
    "Examples:\n"
    "  hardlink_exporter plan --target=60\n"
    "  hardlink_exporter plan --target=200 --format=commands /var/lib/docker\n"
    "  hardlink_exporter plan --target=30 --format=json /backup/rsnapshot";

std::optional<PlanFormat> parsePlanFormat(const std::string& text) {
  return text == "table"      ? std::optional(PlanFormat::table)
         : text == "json"     ? std::optional(PlanFormat::json)
         : text == "commands" ? std::optional(PlanFormat::commands)
                              : std::nullopt;
}

}  // namespace

void addPlanFlags(Flags& flags, PlanOptions& options) {
  flags.operand("PATH", options.path,
                "Docker's data root or its overlay directory, or one of snapshots; without it, "
                "Docker's overlay storage");
  flags.number("--target", options.target, 1, kHighestTarget,
               "How many more layers or snapshots there must be room for, 1 to 1000000");
  flags.require("--target");
  flags.choice("--format", options.format, parsePlanFormat, "table, json, commands", "table");
  flags.choice("--order", options.order, parseOrder,
               "What tells the age of snapshots: auto, name, time", "auto");
  addSurveyFlags(flags, options.survey);
  flags.footer(kFooter);
}

}  // namespace hardlink
