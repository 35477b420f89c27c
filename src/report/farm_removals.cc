#include "report/farm_removals.h"

#include "base/margin.h"
#include "base/utf8.h"

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
                   std::to_string(*counts.links_per_user) +
                   (*counts.links_per_user == 1 ? " link" : " links") + " of one file"
             : "";
}

/// Why nothing of what has layers may go; unset where something may.
std::optional<std::string> whyNothingMayGo(const Farm& farm, const std::string& path) {
  if (!farm.doubt.empty()) {
    return printable(farm.doubt);
  }
  if (farm.conflict) {
    return "the " + farm.conflict->by + " and the " + farm.conflict->other_by +
           " of the snapshots in " + path +
           " contradict each other; --order=name or --order=time decides";
  }
  if (farm.removable.empty() && farm.layout == Layout::store) {
    return path + " is " + nameOfStore(farm) + "; " + ownCleanUp(farm);
  }
  if (farm.removable.empty()) {
    return "no snapshot in " + path +
           " may go: the newest of each series stays, and so does what no newer one is a copy of";
  }
  return std::nullopt;
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
         (farm.reason.empty() ? "" : ": " + printable(farm.reason)) + "; " +
         (names_layout ? "" : "--layout=snapshots says that the directories are snapshots, ") +
         "--layers=GLOB names those that are";
}

FarmRemovals planFarmRemovals(const RootCounts& counts, std::uint64_t limit, const Farm& farm,
                              const std::string& path, std::uint64_t target) {
  FarmRemovals removals;
  removals.plan = planSnapshotRemovals(counts, limit, {}, target);
  if (const auto binding = bindingInode(counts.round_pressure, limit);
      binding && !farm.series.empty()) {
    removals.rounds_remaining = extractionsRemaining(limit, binding->links, binding->names);
  }
  if (removals.plan.reached) {
    return removals;
  }
  removals.refused = whyNothingMayGo(farm, printable(path));
  if (removals.refused) {
    const bool uncertain = !farm.doubt.empty() || farm.conflict;
    removals.would_free = uncertain ? linksFreedAlone(counts, limit) : std::vector<FreedLinks>();
    return removals;
  }
  removals.plan = planSnapshotRemovals(counts, limit, farm.removable, target);
  if (removals.plan.steps.empty()) {
    removals.refused = "removing every snapshot in " + printable(path) +
                       " that may go makes room for no more than there is now";
  }
  return removals;
}

}  // namespace hardlink
