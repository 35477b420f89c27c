#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/older_kernel.h"
#include "base/utf8.h"
#include "census/census.h"
#include "cli/commands.h"
#include "cli/progress_line.h"
#include "cli/roots.h"
#include "cli/snapshots.h"
#include "cli/standard_streams.h"
#include "cli/terminal.h"
#include "exposition/plan_text.h"
#include "docker/metadata.h"
#include "scanner/survey.h"

namespace hardlink {
namespace {

/// Takes censuses until there is a plan whose margins are exact, or a reason to refuse one.
class Planner {
 public:
  Planner(const RootConfig& root, const PlanOptions& options)
      : root_(root), target_(options.target), order_(options.order) {
    SurveySettings settings;
    // Somebody is waiting for this one.
    settings.scan.io_priority = IoPriority::best_effort;
    request_ = censusRequest(root, settings, {});
    request_.hot_inodes = 0;
  }

  [[nodiscard]] Result<PlanReport> run();

 private:
  [[nodiscard]] Result<Census> take();
  /// Why there can be no plan.
  [[nodiscard]] std::optional<std::string> obstacle(const Census& census) const;
  [[nodiscard]] PlanReport planFrom(const Census& census) const;
  /// What is planned for snapshots, or why nothing is.
  void planSnapshots(const Census& census, PlanReport& report) const;

  const RootConfig& root_;
  std::uint64_t target_;
  OrderChoice order_;
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
  if (!census.filesystem.link_limit) {
    return "the link limit of " + path + " (" + printable(census.filesystem.type) +
           ") is not known; give it by --link-limit";
  }
  const std::string& layout = census.counts.layout;
  if (layout == "none" || census.counts.layers.empty()) {
    return path +
           " has no layers or snapshots that could be removed; --layers=GLOB names directories "
           "that are snapshots";
  }
  if (layout == "docker-overlay" && !census.images.known) {
    return "Docker's own files are not beside " + path +
           ", so what images hold its layers is not known";
  }
  if (layout != "docker-overlay" && readDockerMetadata(root_.path).known) {
    return path +
           " is Docker's, whose layers go with their images; leave out --layout and --layers";
  }
  return std::nullopt;
}

PlanReport Planner::planFrom(const Census& census) const {
  const RootCounts& counts = census.counts;
  PlanReport report;
  report.root = root_.path;
  report.layout = counts.layout;
  report.complete = counts.errors.unread_directories == 0;
  report.plan.target = target_;
  report.refused = obstacle(census);
  if (report.refused) {
    return report;
  }
  if (counts.layout == "docker-overlay") {
    report.plan = planImageRemovals(counts, *census.filesystem.link_limit, census.images, target_);
  } else {
    planSnapshots(census, report);
  }
  return report;
}

void Planner::planSnapshots(const Census& census, PlanReport& report) const {
  const RootCounts& counts = census.counts;
  const std::uint64_t limit = *census.filesystem.link_limit;
  RemovableSnapshots removable = removableSnapshots(root_.path, counts.layers, order_);
  report.made = std::move(removable.made);
  report.plan = planSnapshotRemovals(counts, limit, {}, target_);
  if (report.plan.reached) {
    return;
  }
  const std::string path = printable(root_.path);
  if (root_.layout == LayoutChoice::automatic && root_.layers.empty()) {
    report.refused = "whether the directories in " + path +
                     " are snapshots is a guess; --layout=snapshots says that they are, "
                     "--layers=GLOB names those that are";
  } else if (removable.conflict) {
    report.refused = "the " + removable.conflict->by + " and the " + removable.conflict->other_by +
                     " of the snapshots in " + path +
                     " contradict each other; --order=name or --order=time decides";
    for (const auto& [by, order] : {std::pair(removable.conflict->by, removable.conflict->first),
                                    {removable.conflict->other_by, removable.conflict->second}}) {
      PlanReport::Order& shown = report.orders.emplace_back();
      shown.by = by;
      for (const std::size_t layer : order) {
        shown.oldest_first.push_back(counts.layers[layer].name);
      }
    }
  } else if (removable.layers.empty() && !removable.holders.empty()) {
    report.refused = "the directories in " + path +
                     " hold snapshots and are none themselves; name the snapshots, as in "
                     "--layers='*/*'";
  } else if (removable.layers.empty() && removable.unordered) {
    report.refused = "neither the names nor the times of the snapshots in " + path +
                     " tell which is the oldest" +
                     (order_ == OrderChoice::name ? "; --order=time goes by times alone" : "");
  }
  if (report.refused) {
    report.would_free = linksFreedAlone(counts, limit);
    return;
  }
  report.holders = std::move(removable.holders);
  report.no_copies = std::move(removable.no_copies);
  report.plan = planSnapshotRemovals(counts, limit, removable.layers, target_);
}

/// The first census finds the inodes that could bind the root in the course of the plan, the second
/// counts them layer by layer. Where the plan leads further than was thought, other inodes could
/// bind by then, and both are taken again.
Result<PlanReport> Planner::run() {
  constexpr std::uint64_t kSomeMore = 50;
  for (std::uint64_t margin = target_ + std::max(target_, kSomeMore);;) {
    request_.tracked_inodes.clear();
    request_.tight_margin = margin;
    auto first = take();
    if (!first) {
      return first.error();
    }
    if (const auto warning = refusedLimit(describe(first->filesystem)); warning && !warned_) {
      complain("plan", *warning);
      warned_ = true;
    }
    // The inode that binds the root now is always counted, which is enough if nothing is removed.
    if (PlanReport report = planFrom(*first);
        report.refused || (report.plan.reached && report.plan.steps.empty())) {
      return report;
    }
    request_.tracked_inodes = first->counts.tight_inodes;
    request_.tight_margin.reset();
    auto second = take();
    if (!second) {
      return second.error();
    }
    if (!second->images.problems.empty()) {
      complain("plan", "some of Docker's files cannot be used, so the plan may be wrong: " +
                           printable(second->images.problems.front()));
    }
    PlanReport report = planFrom(*second);
    if (report.refused) {
      return report;
    }
    const std::uint64_t limit = *second->filesystem.link_limit;
    const std::uint64_t highest = highestMargin(report.plan).value_or(limit);
    if (highest <= margin || margin >= limit) {
      return report;
    }
    margin = highest;
  }
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
  const std::vector<RootConfig> roots = rootsToSurvey(paths, options.survey, discovery);
  if (roots.empty()) {
    complain("plan", nothingToWatch(discovery));
    return std::nullopt;
  }
  if (roots.size() > 1) {
    std::string found;
    for (const RootConfig& root : roots) {
      found += (found.empty() ? "" : ", ") + printable(root.path);
    }
    complain("plan",
             "a plan is for one directory, and these are there: " + found + "; name one as PATH");
    return std::nullopt;
  }
  return roots.front();
}

}  // namespace

int runPlan(const PlanOptions& options) {
  // Nothing but complaints belongs between the progress line and the result.
  log::configure(log::Level::error, log::Format::logfmt);
  const auto root = rootFor(options);
  if (!root) {
    return kExitUsage;
  }
  const auto report = Planner(*root, options).run();
  if (!report) {
    complain("plan", report.error().message());
    return kExitFailed;
  }
  if (!report->made.empty() && !report->plan.steps.empty() && !canTellBirths()) {
    complain(
        "plan",
        "this kernel does not tell when a directory was made: the snapshots are in the order of "
        "their names and their last modification");
  }
  if (report->refused) {
    complain("plan", *report->refused);
    if (report->would_free.empty() && options.format != PlanFormat::json) {
      return kExitFailed;
    }
  }
  const bool written = writeOut("plan", render(*report, options.format), kindOf(options.format));
  return written && report->plan.reached ? kExitOk : kExitFailed;
}

}  // namespace hardlink
