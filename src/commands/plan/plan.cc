#include "commands/plan/plan.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/os/older_kernel.h"
#include "base/text.h"
#include "base/utf8.h"
#include "census/census.h"
#include "commands/plan/plan_text.h"
#include "commands/plan/removal_plan.h"
#include "commands/progress_line.h"
#include "commands/standard_streams.h"
#include "commands/terminal.h"
#include "docker/metadata.h"
#include "report/limits.h"
#include "roots/count_root.h"
#include "roots/roots.h"

namespace hardlink {
namespace {

/// Makes the plan of one root, whose margins are exact, or finds a reason to refuse one.
class Planner {
 public:
  Planner(const RootConfig& root, const PlanGoal& goal) : root_(root), goal_(goal) {
    CensusSettings settings;
    // A person waits for this census.
    settings.scan.io_priority = IoPriority::best_effort;
    request_ = censusRequest(root, settings, {});
    request_.hot_inodes = 0;
    request_.count_freed_bytes = true;
  }

  [[nodiscard]] Result<PlanReport> run();

 private:
  /// A plan that is exact up to a margin.
  struct PlanOfMargin {
    PlanReport report;
    std::uint64_t highest_margin = 0;  ///< that the plan speaks of; 0 without steps
    std::uint64_t link_limit = 0;      ///< no margin is higher
  };

  [[nodiscard]] Result<PlanOfMargin> planUpTo(std::uint64_t margin);
  [[nodiscard]] Result<Census> take();
  /// Why there can be no plan.
  [[nodiscard]] std::optional<std::string> obstacle(const Census& census) const;
  [[nodiscard]] PlanReport planFrom(const Census& census) const;

  const RootConfig& root_;
  PlanGoal goal_;
  CensusRequest request_;
  CensusTaker taker_;
  bool warned_ = false;  // that the link limit does not hold
};

Result<Census> Planner::take() {
  CensusProgress progress;
  const ProgressLine line(root_.path, progress);
  return taker_.take(request_, progress, {});
}

std::optional<std::string> Planner::obstacle(const Census& census) const {
  const std::string path = printable(root_.path);
  const bool is_docker = census.farm.layout == Layout::docker_overlay;
  if (!is_docker && readDockerMetadata(root_.path).known) {
    return path +
           " is Docker's, whose layers go with their images; leave out --layout, --tool and "
           "--layers";
  }
  if (auto why_not = whyNothingToRemove(census.counts, census.farm, root_.path)) {
    return why_not;
  }
  if (!census.filesystem.link_limit && !goal_.isBytes()) {
    return "the link limit of " + path + " (" + printable(census.filesystem.type) +
           ") is not known; give it by --link-limit";
  }
  if (is_docker && !census.images.known) {
    return "Docker's own files are not beside " + path +
           ", so what images hold its layers is not known";
  }
  return std::nullopt;
}

PlanReport Planner::planFrom(const Census& census) const {
  const RootCounts& counts = census.counts;
  PlanReport report;
  report.root = root_.path;
  report.farm = census.farm;
  report.complete = counts.errors.unread_directories == 0;
  report.links_per_user = counts.links_per_user;
  report.plan.goal = goal_;
  report.refused = obstacle(census);
  if (report.refused) {
    return report;
  }
  const FilesystemReport filesystem = describe(census.filesystem);
  if (census.farm.layout == Layout::docker_overlay) {
    report.plan = planImageRemovals(counts, filesystem.link_limit, census.images, goal_,
                                    stocksOf(counts, census.farm, filesystem));
    return report;
  }
  FarmRemovals removals = planFarmRemovals(counts, filesystem, census.farm, root_.path, goal_);
  report.plan = std::move(removals.plan);
  report.refused = std::move(removals.refused);
  report.would_free = std::move(removals.would_free);
  report.rounds_remaining = removals.rounds_remaining;
  return report;
}

/// A plan is exact up to the margin for which all inodes that could bind have been counted. How far
/// a plan leads is known only once it has been made, so counting and planning repeat: up to the
/// target first, then as far as the plan before led, until a plan leads no further than was
/// counted. That ends. Each plan but the last leads further than the one before, and no inode
/// leaves room for more layers than it can have links: up to that margin, all inodes have been
/// counted.
Result<PlanReport> Planner::run() {
  constexpr std::uint64_t kSomeMore = 50;
  std::uint64_t counted_margin = goal_.target + std::max(goal_.target, kSomeMore);
  for (;;) {
    ASSIGN_OR_RETURN(PlanOfMargin made, planUpTo(counted_margin));
    if (made.highest_margin <= counted_margin || counted_margin >= made.link_limit) {
      return std::move(made.report);
    }
    counted_margin = made.highest_margin;
  }
}

/// Two censuses: the first finds the inodes that could bind the root at a margin of up to `margin`,
/// the second counts them layer by layer.
Result<Planner::PlanOfMargin> Planner::planUpTo(std::uint64_t margin) {
  request_.tracked_inodes.clear();
  request_.tight_margin = margin;
  ASSIGN_OR_RETURN(Census census, take());
  if (const auto warning = refusedLimit(describe(census.filesystem)); warning && !warned_) {
    complain("plan", *warning);
    warned_ = true;
  }
  // The inode that binds the root now is always counted, which is enough if nothing is removed.
  // Bytes are exact at once.
  if (PlanReport report = planFrom(census);
      report.refused || !census.filesystem.link_limit ||
      (report.plan.steps.empty() && (report.plan.reached || goal_.isBytes()))) {
    return PlanOfMargin{.report = std::move(report)};
  }
  request_.tracked_inodes = std::move(census.counts.tight_inodes);
  request_.tight_margin.reset();
  ASSIGN_OR_RETURN(census, take());
  if (!census.images.problems.empty()) {
    complain("plan", "some of Docker's files cannot be used, so the plan may be wrong: " +
                         printable(census.images.problems.front()));
  }
  PlanOfMargin made{.report = planFrom(census)};
  if (!made.report.refused) {
    made.link_limit = census.filesystem.link_limit.value_or(0);
    made.highest_margin = highestMargin(made.report.plan).value_or(made.link_limit);
  }
  return made;
}

std::string render(const PlanReport& report, PlanFormat format) {
  switch (format) {
    case PlanFormat::json:
      return renderPlanJson(report);
    case PlanFormat::commands:
      return renderPlanCommands(report);
    case PlanFormat::table:
      break;
  }
  return renderPlan(report, terminal::tableOptions(STDOUT_FILENO));
}

TextKind kindOf(PlanFormat format) {
  switch (format) {
    case PlanFormat::json:
      return TextKind::json;
    case PlanFormat::commands:
      return TextKind::script;
    case PlanFormat::table:
      break;
  }
  return TextKind::plain;
}

/// The one root that is meant; complains if there is none or more than one.
std::optional<RootConfig> rootFor(const PlanOptions& options) {
  std::vector<std::string> paths;
  if (options.path) {
    paths.push_back(*options.path);
  }
  for (const auto& why_not : {whyNoRoot(paths), whyNoLayers(paths)}) {
    if (why_not) {
      complain("plan", *why_not);
      return std::nullopt;
    }
  }
  const DockerDiscovery discovery = paths.empty() ? discoverDocker() : DockerDiscovery{};
  const std::vector<RootConfig> roots = rootsToCount(paths, options.census, discovery);
  if (roots.empty()) {
    complain("plan", nothingToWatch(discovery));
    return std::nullopt;
  }
  if (roots.size() > 1) {
    std::vector<std::string> found;
    found.reserve(roots.size());
    for (const RootConfig& root : roots) {
      found.push_back(printable(root.path));
    }
    complain("plan", fmt::format("a plan is for one directory, and these are there: {}; name one "
                                 "as PATH",
                                 joined(found)));
    return std::nullopt;
  }
  RootConfig root = roots.front();
  root.order = options.order;
  return root;
}

}  // namespace

int runPlan(const PlanOptions& options) {
  // Nothing but complaints belongs between the progress line and the result.
  log::configure(log::Level::error, log::Format::logfmt);
  const auto root = rootFor(options);
  if (!root) {
    return kExitUsage;
  }
  const auto report = Planner(*root, options.goal).run();
  if (!report) {
    complain("plan", report.error().message());
    return kExitFailed;
  }
  if (!report->farm.made.empty() && !report->plan.steps.empty() && !canTellBirths()) {
    complain(
        "plan",
        "this kernel does not tell when a directory was made: the snapshots are in the order of "
        "their names and their last modification");
  }
  if (report->refused) {
    const bool is_shown = options.format == PlanFormat::json || !report->would_free.empty();
    if (!is_shown || !terminal::isTerminal(STDOUT_FILENO)) {
      complain("plan", *report->refused);
    }
    if (!is_shown) {
      return kExitFailed;
    }
  }
  const bool written = writeOut("plan", render(*report, options.format), kindOf(options.format));
  return written && report->plan.reached ? kExitOk : kExitFailed;
}

}  // namespace hardlink
