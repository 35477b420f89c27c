// What may go of a farm, by literal farms and counts.

#include "commands/plan/removal_plan.h"

#include "support/catch.h"

namespace hardlink {
namespace {

constexpr std::uint64_t kLimit = 33;

FilesystemReport limited() {
  FilesystemReport filesystem;
  filesystem.link_limit = kLimit;
  return filesystem;
}

/// `daily.N` snapshots of which daily.0 is the head, with three names of one file in each.
class Daily {
 public:
  explicit Daily(int snapshots) {
    farm.layout = Layout::snapshots;
    farm.tool = Tool::rsnapshot;
    Series series{.name = ".", .tool = Tool::rsnapshot, .oldest_first = {}, .heads = {"daily.0"}};
    TrackedInode inode{7, 3U * static_cast<unsigned>(snapshots), true, 0, {}};
    for (int age = 0; age < snapshots; ++age) {
      LayerCounts& layer = counts.layers.emplace_back();
      layer.name = "daily." + std::to_string(age);
      layer.head = age == 0;
      layer.pressure.offer({7, inode.links, 3});
      inode.layers.push_back({static_cast<std::uint32_t>(age), 3});
      series.oldest_first.insert(series.oldest_first.begin(), layer.name);
    }
    for (const std::string& layer : series.oldest_first) {
      if (layer != "daily.0") {
        farm.removable.push_back({layer, {"rm", "-rf", "--", "/b/" + layer}, ""});
      }
    }
    counts.tracked = {inode};
    counts.round_pressure.offer({7, inode.links, 3});
    farm.series = {series};
  }

  [[nodiscard]] FarmRemovals plan(std::uint64_t target) const {
    return planFarmRemovals(counts, limited(), farm, "/b", {target});
  }

  Farm farm;
  RootCounts counts;
};

TEST_CASE("snapshots that are certain are planned for, with the rounds there are now") {
  const FarmRemovals removals = Daily(9).plan(4);
  CHECK_FALSE(removals.refused);
  CHECK(removals.would_free.empty());
  REQUIRE(removals.plan.steps.size() == 2);
  CHECK(removals.plan.steps[0].name == "daily.8");
  CHECK(removals.plan.margin_before == 2U);
  CHECK(removals.plan.margin_after == 4U);
  CHECK(removals.rounds_remaining == 2U);
}

TEST_CASE("rounds are those of all series together, and unset without series") {
  Daily daily(9);
  daily.counts.round_pressure.offer({7, 27, 12});
  CHECK(daily.plan(4).rounds_remaining == 0U);
  daily.farm.series.clear();
  CHECK_FALSE(daily.plan(4).rounds_remaining);
}

TEST_CASE("a target that is met needs nothing, however doubtful the order is") {
  Daily daily(3);
  daily.farm.doubt = "neither names nor times tell; --order=time goes by times";
  daily.farm.removable.clear();
  const FarmRemovals removals = daily.plan(8);
  CHECK(removals.plan.reached);
  CHECK_FALSE(removals.refused);
  CHECK(removals.would_free.empty());
}

TEST_CASE("a doubt refuses every removal and shows what each would free") {
  Daily daily(10);
  daily.farm.doubt = "neither names nor times tell; --order=time goes by times";
  const FarmRemovals removals = daily.plan(4);
  CHECK(removals.refused == daily.farm.doubt);
  CHECK(removals.plan.steps.empty());
  CHECK_FALSE(removals.plan.reached);
  CHECK(removals.plan.margin_before == 1U);
  CHECK(removals.would_free.size() == 10);
}

TEST_CASE("two orders that contradict each other refuse every removal, and a flag decides") {
  Daily daily(10);
  daily.farm.conflict = OrderConflict{"names", {"a", "b"}, "times", {"b", "a"}};
  const FarmRemovals removals = daily.plan(4);
  CHECK(removals.refused ==
        "the names and the times of the snapshots in /b contradict each other; --order=name or "
        "--order=time decides");
  CHECK(removals.plan.steps.empty());
  CHECK(removals.would_free.size() == 10);
}

TEST_CASE("without a complete snapshot it is not known what the next one takes") {
  Daily daily(10);
  daily.counts.layers[0].head = false;
  const FarmRemovals removals = daily.plan(4);
  CHECK(removals.refused.value().starts_with("no snapshot in /b is complete"));
  CHECK_FALSE(removals.plan.reached);
  CHECK(removals.plan.goal.target == 4);
}

TEST_CASE("where only heads are left the reason is said") {
  Daily daily(10);
  daily.farm.removable.clear();
  const FarmRemovals removals = daily.plan(4);
  CHECK(removals.refused.value().starts_with("no snapshot in /b may go: the newest of each"));
  CHECK(removals.plan.steps.empty());
  CHECK(removals.would_free.empty());
}

TEST_CASE("where what may go makes no more room, the reason is said") {
  Daily daily(10);
  daily.counts.tracked[0].layers.resize(1);
  const FarmRemovals removals = daily.plan(4);
  CHECK(removals.refused ==
        "removing every snapshot in /b that may go makes room for no more than there is now: links "
        "end first");
  CHECK(removals.plan.steps.empty());
}

TEST_CASE("a store has no steps: one line has its own clean-up and what one more user takes") {
  Farm farm;
  farm.layout = Layout::store;
  farm.tool = Tool::nix;
  farm.advice = "nix-collect-garbage";
  RootCounts counts;
  counts.links_per_user = 9;
  CHECK(whyNothingToRemove(counts, farm, "/nix/st\nore") ==
        "/nix/st\\nore is a store of nix, of which only its own program may remove anything; its "
        "own clean-up is: nix-collect-garbage; one more user like those there takes at most 9 "
        "links of one file");
  farm.tool = Tool::unknown;
  farm.advice.clear();
  counts.links_per_user.reset();
  CHECK(whyNothingToRemove(counts, farm, "/s") ==
        "/s is a store, of which only its own program may remove anything; no command that cleans "
        "it up is known");
}

TEST_CASE("a store whose layers are copies has margins, and is cleaned up by its own program") {
  Daily deployments(10);
  deployments.farm.layout = Layout::store;
  deployments.farm.tool = Tool::ostree;
  deployments.farm.advice = "ostree admin undeploy";
  deployments.farm.removable.clear();
  CHECK_FALSE(whyNothingToRemove(deployments.counts, deployments.farm, "/o"));
  const FarmRemovals removals = deployments.plan(4);
  CHECK(removals.refused == "/b is a store of ostree; its own clean-up is: ostree admin undeploy");
  CHECK(removals.would_free.empty());
  // Its program does not ask which is the oldest.
  deployments.farm.doubt = "neither names nor times tell";
  CHECK(deployments.plan(4).refused == removals.refused);
  CHECK(removals.plan.margin_before == 1U);
}

TEST_CASE("a tree without layers is refused with what was found, and the flag that names some") {
  Farm farm;
  farm.reason = "configured";
  CHECK(whyNothingToRemove({}, farm, "/home") ==
        "/home has no layers or snapshots that could be removed (configured); --layout=snapshots "
        "says that the directories are snapshots, --layers=GLOB names those that are");
  farm.reason = "a and b are alike; --layout=snapshots says that they are snapshots";
  CHECK(whyNothingToRemove({}, farm, "/home") ==
        "/home has no layers or snapshots that could be removed (a and b are alike; "
        "--layout=snapshots says that they are snapshots); --layers=GLOB names those that are");
}

}  // namespace
}  // namespace hardlink
