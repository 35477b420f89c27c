#include "commands/plan/removal_plan.h"

#include <algorithm>

#include "base/utf8.h"
#include "exposition/phrases.h"
#include "report/limits.h"

namespace hardlink {
namespace {

std::string nameOfStore(const Farm& farm) {
  const bool known = farm.tool != Tool::none && farm.tool != Tool::unknown;
  return "a store" + (known ? " of " + std::string(toString(farm.tool)) : "");
}

std::string ownCleanUp(const Farm& farm) {
  return farm.advice.empty() ? "no command that cleans it up is known"
                             : "its own clean-up is: " + printable(farm.advice);
}

std::string linksOfOneMore(const RootCounts& counts) {
  return counts.links_per_user
             ? "; one more user like those there takes at most " +
                   counted(*counts.links_per_user, "link", "links") + " of one file"
             : "";
}

/// Whether the tool cleans up by itself, whatever the order of the layers is.
bool cleansUpItself(const Farm& farm) {
  return farm.layout == Layout::store && farm.removable.empty() && !farm.advice.empty();
}

/// Why it is not certain which layers may go; unset where it is.
std::optional<std::string> whyUncertain(const Farm& farm, const std::string& path) {
  if (!farm.doubt.empty()) {
    return printable(farm.doubt);
  }
  if (farm.conflict) {
    return "the " + farm.conflict->by + " and the " + farm.conflict->other_by +
           " of the snapshots in " + path +
           " contradict each other; --order=name or --order=time decides";
  }
  return std::nullopt;
}

/// Why nothing may go although that is certain; unset where something may.
std::optional<std::string> whyNothingMayGo(const Farm& farm, const std::string& path) {
  if (!farm.removable.empty()) {
    return std::nullopt;
  }
  if (cleansUpItself(farm)) {
    return path + " is " + nameOfStore(farm) + "; " + ownCleanUp(farm);
  }
  return "no snapshot in " + path +
         " may go: the newest of each series stays, and so does what no newer one is a copy of";
}

std::string whatEnds(const RemovalPlan& plan) {
  return plan.first_limit_after ? ": " + endsFirst(*plan.first_limit_after) : "";
}

bool hasHead(const RootCounts& counts) {
  return std::any_of(counts.layers.begin(), counts.layers.end(),
                     [](const LayerCounts& layer) { return layer.head; });
}

}  // namespace

std::optional<std::string> whyNothingToRemove(const RootCounts& counts, const Farm& farm,
                                              const std::string& path) {
  if (!counts.layers.empty()) {
    return std::nullopt;
  }
  if (farm.layout == Layout::store) {
    return printable(path) + " is " + nameOfStore(farm) +
           ", of which only its own program may remove anything; " + ownCleanUp(farm) +
           linksOfOneMore(counts);
  }
  const bool names_layout = farm.reason.find("--layout=") != std::string::npos;
  return printable(path) + " has no layers or snapshots that could be removed" +
         (farm.reason.empty() ? "" : " (" + printable(farm.reason) + ")") + "; " +
         (names_layout ? "" : "--layout=snapshots says that the directories are snapshots, ") +
         "--layers=GLOB names those that are";
}

std::vector<FreedAlone> freedAlone(const RootCounts& counts, std::optional<std::uint64_t> limit,
                                   const PlanGoal& goal) {
  const std::vector<std::uint64_t> names = bindingNames(counts, limit);
  const auto what = [&](const FreedAlone& freed) {
    return goal.isBytes() ? freed.bytes : freed.links;
  };
  std::vector<FreedAlone> all;
  for (std::size_t layer = 0; layer < names.size(); ++layer) {
    FreedAlone freed{counts.layers[layer].name, names[layer], counts.layers[layer].exclusive_bytes};
    if (what(freed) > 0) {
      all.push_back(std::move(freed));
    }
  }
  std::stable_sort(all.begin(), all.end(),
                   [&](const FreedAlone& a, const FreedAlone& b) { return what(a) > what(b); });
  return all;
}

FarmRemovals planFarmRemovals(const RootCounts& counts, const FilesystemReport& filesystem,
                              const Farm& farm, const std::string& path, const PlanGoal& goal) {
  const std::string shown = printable(path);
  const std::optional<std::uint64_t> limit = filesystem.link_limit;
  const std::vector<LayerStock> stocks = stocksOf(counts, farm, filesystem);
  FarmRemovals removals;
  if (!hasHead(counts) && !goal.isBytes()) {
    removals.plan.goal = goal;
    removals.refused =
        "no snapshot in " + shown + " is complete, so that it is not known what the next one takes";
    return removals;
  }
  removals.plan = planSnapshotRemovals(counts, limit, {}, goal, stocks);
  removals.rounds_remaining = roundsRemaining(counts, farm, filesystem);
  if (removals.plan.reached) {
    return removals;
  }
  removals.refused = cleansUpItself(farm) ? std::nullopt : whyUncertain(farm, shown);
  if (removals.refused) {
    removals.would_free = freedAlone(counts, limit, goal);
    return removals;
  }
  removals.refused = whyNothingMayGo(farm, shown);
  if (removals.refused) {
    return removals;
  }
  removals.plan = planSnapshotRemovals(counts, limit, farm.removable, goal, stocks);
  if (removals.plan.steps.empty()) {
    removals.refused =
        "removing every snapshot in " + shown + " that may go " +
        (goal.isBytes() ? "frees no more than directories: other names keep every file"
                        : "makes room for no more than there is now" + whatEnds(removals.plan));
  }
  return removals;
}

}  // namespace hardlink
