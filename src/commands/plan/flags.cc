#include "commands/plan/plan.h"

namespace hardlink {
namespace {

constexpr std::uint64_t kHighestTarget = 1'000'000;
constexpr const char* kFooter =
    "Prints which images to remove, in order, with the layers left after each step and the bytes "
    "that\n"
    "it frees. It chooses the fewest images that suffice, and among such choices the one that "
    "loses\n"
    "least. Images with containers come last. Nothing is removed.\n"
    "Of snapshots, the oldest are removed first and the newest of each series is kept. Each step "
    "is\n"
    "a command of the tool that made the snapshot. A store has no steps: plan names the tool's "
    "own\n"
    "clean-up. If it is not certain what may be removed, plan prints the reason, the flag that\n"
    "decides, and what each removal would free.\n"
    "A step frees the files whose last names go with it, also those that earlier steps left in it "
    "alone.\n"
    "Directories come on top. Files that share blocks (reflinks), or that btrfs compresses, free "
    "less.\n"
    "Exit codes: 0 the target is or can be reached; 1 it cannot (the best plan is printed anyway), "
    "or\n"
    "no plan could be made; 2 wrong usage.\n"
    "\n"
    "Examples:\n"
    "  hardlink_exporter plan --target=60\n"
    "  hardlink_exporter plan --target=200 --format=commands /var/lib/docker\n"
    "  hardlink_exporter plan --free=50G --format=json /backup/rsnapshot";

}  // namespace

void addPlanFlags(Flags& flags, PlanOptions& options) {
  flags.operand(
      "PATH", options.path,
      "Docker's data root or its overlay directory, or a directory of snapshots (default: "
      "Docker's overlay storage)");
  flags.number("--target", options.goal.target, 1, kHighestTarget,
               "Layers or snapshots that must still fit in the end, 1 to 1000000");
  flags.size("--free", options.goal.free_bytes,
             "Bytes of files to free, instead of --target: 50G, 500M");
  flags.excludes("--free", "--target");
  flags.check([&options]() -> Result<void> {
    if (options.goal == PlanGoal{}) {
      return Error{0, "--target or --free is required"};
    }
    return {};
  });
  flags.choice("--format", options.format, PlanFormat::table, kFormatHelp);
  flags.choice("--order", options.order, OrderChoice::automatic,
               "Order snapshots by age with this evidence");
  addCensusFlags(flags, options.census);
  flags.footer(kFooter);
}

}  // namespace hardlink
