#include "commands/plan/removal_plan.h"

#include <algorithm>

#include "docker_rmi.h"
#include "support/catch.h"

namespace hardlink {
namespace {

using Names = std::vector<std::string>;

constexpr std::uint64_t kLimit = 65000;

StoredImage image(const std::string& id, const std::vector<std::string>& tags,
                  const std::vector<std::string>& layers, const std::string& parent = "") {
  return {.id = id, .tags = tags, .digests = {}, .parent = parent, .layers = layers};
}

/// One inode, with `names` names in each of `layers` (ascending), and `outside` elsewhere.
RootCounts uniform(const std::vector<std::string>& layers, std::uint64_t names,
                   std::uint64_t outside = 0) {
  RootCounts counts;
  counts.layout = "docker-overlay";
  TrackedInode inode{44, layers.size() * names + outside, true, 0, {}};
  for (const std::string& name : layers) {
    inode.layers.push_back({static_cast<std::uint32_t>(counts.layers.size()), names});
    LayerCounts layer;
    layer.name = name;
    layer.max_links = inode.links;
    layer.pressure.offer({inode.inode, inode.links, names});
    counts.layers.push_back(layer);
  }
  counts.tracked = {inode};
  return counts;
}

/// Names `prefix0`… of `count` layers.
std::vector<std::string> some(const std::string& prefix, std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) {
    names.push_back(prefix + std::to_string(i));
  }
  return names;
}

std::vector<std::string> operator+(std::vector<std::string> a, const std::vector<std::string>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// A base and three images with 9, 4 and 2 layers of their own, 16 in all; 1600 links at 100 each.
class ThreeImages {
 public:
  ThreeImages() {
    store.known = true;
    store.images = {image("sha256:1", {"nine:1"}, Names{"base"} + some("i", 9)),
                    image("sha256:2", {"four:1"}, Names{"base"} + some("f", 4)),
                    image("sha256:3", {"two:1"}, Names{"base"} + some("t", 2))};
    counts = uniform(Names{"base"} + some("f", 4) + some("i", 9) + some("t", 2), 100);
  }

  [[nodiscard]] RemovalPlan plan(std::uint64_t target) const {
    return planImageRemovals(counts, 1700, store, {target});
  }

  RootCounts counts;
  ImageStore store;
};

std::vector<std::string> namesOf(const RemovalPlan& plan) {
  std::vector<std::string> names;
  for (const RemovalStep& step : plan.steps) {
    names.push_back(step.name);
  }
  return names;
}

TEST_CASE("a target that is met takes no steps") {
  const RemovalPlan plan = ThreeImages().plan(1);
  CHECK(plan.reached);
  CHECK(plan.steps.empty());
  CHECK(plan.margin_before == 1U);
  CHECK(plan.margin_after == 1U);
  CHECK(plan.fewest_proven);
}

TEST_CASE("of images that suffice alone the one that loses the fewest layers goes") {
  CHECK(namesOf(ThreeImages().plan(3)) == Names{"two:1"});
  CHECK(namesOf(ThreeImages().plan(4)) == Names{"four:1"});
  CHECK(namesOf(ThreeImages().plan(6)) == Names{"nine:1"});
  CHECK(namesOf(ThreeImages().plan(11)) == Names{"nine:1", "two:1"});
  CHECK(namesOf(ThreeImages().plan(13)) == Names{"nine:1", "four:1"});
}

TEST_CASE("a step tells what goes, what that frees and the margin after") {
  const RemovalPlan plan = ThreeImages().plan(11);
  CHECK(plan.reached);
  CHECK(plan.margin_before == 1U);
  REQUIRE(plan.steps.size() == 2);
  CHECK(plan.steps[0].id == "sha256:1");
  CHECK(plan.steps[0].references == Names{"nine:1"});
  CHECK(plan.steps[0].layers == some("i", 9));
  CHECK(plan.steps[0].links_freed == 900);
  CHECK(plan.steps[0].margin_after == 10U);
  CHECK(plan.steps[1].margin_after == 12U);
  CHECK(plan.margin_after == 12U);
  CHECK(highestMargin(plan) == 12U);
}

TEST_CASE("the article's host: 60 layers of an image's own give back 60") {
  const Names base = some("a", 1);
  ImageStore store;
  store.known = true;
  std::vector<std::string> layers = base;
  for (int i = 0; i < 5; ++i) {
    const Names own = some("l" + std::to_string(i) + "-", 60);
    store.images.push_back(
        image("sha256:" + std::to_string(i), {"app:" + std::to_string(i)}, base + own));
    layers = layers + own;
  }
  const RemovalPlan plan = planImageRemovals(uniform(layers, 197), kLimit, store, {60});
  CHECK(plan.margin_before == 28U);
  REQUIRE(plan.steps.size() == 1);
  CHECK(plan.steps[0].links_freed == 11820);
  CHECK(plan.margin_after == 88U);
  CHECK(plan.fewest_proven);
  CHECK(plan.least_lost_proven);
}

TEST_CASE("images of the same layers free nothing until both are gone") {
  ThreeImages host;
  host.store.images.push_back(image("sha256:4", {"twin:1"}, host.store.images[0].layers));
  const RemovalPlan plan = host.plan(8);
  REQUIRE(plan.steps.size() == 2);
  CHECK(namesOf(plan) == Names{"nine:1", "twin:1"});
  CHECK(plan.steps[0].layers.empty());
  CHECK(plan.steps[0].margin_after == 1U);
  CHECK(plan.steps[1].margin_after == 10U);
}

TEST_CASE("an image with a container is marked, and goes last and only if nothing else suffices") {
  ThreeImages host;
  host.store.containers = {{"c1", "web", "created", "sha256:1", host.store.images[0].layers}};
  CHECK(namesOf(host.plan(7)) == Names{"four:1", "two:1"});
  const RemovalPlan plan = host.plan(14);
  CHECK(plan.reached);
  CHECK(namesOf(plan) == Names{"four:1", "nine:1"});
  CHECK(plan.steps[0].containers.empty());
  CHECK(plan.steps[1].containers == host.store.containers);
}

TEST_CASE("a container whose image is gone keeps its layers, and the plan says so") {
  ThreeImages host;
  host.store.containers = {{"c1", "web", "exited", "sha256:gone", host.store.images[0].layers}};
  const RemovalPlan plan = host.plan(8);
  CHECK_FALSE(plan.reached);
  CHECK(plan.margin_after == 7U);
  CHECK(namesOf(plan) == Names{"four:1", "two:1"});
  CHECK(plan.unowned_layers == Names{"base"} + some("i", 9));
  CHECK(plan.unowned_links == 1000);
}

TEST_CASE("a layer that nobody holds stays, and so does what it stands on") {
  ThreeImages host;
  REQUIRE(host.plan(6).reached);
  // On top of the fourth of nine layers that are one image's own.
  host.store.kept_layers = {"base", "i0", "i1", "i2", "i3", "left"};
  const RemovalPlan plan = host.plan(6);
  REQUIRE(namesOf(plan) == Names{"nine:1"});
  CHECK(plan.steps[0].layers == Names{"i4", "i5", "i6", "i7", "i8"});
  CHECK(plan.margin_after == 6U);
}

TEST_CASE("what cannot be reached is said, with the fewest removals for the best that can be") {
  ThreeImages host;
  host.counts = uniform(
      Names{"base"} + some("f", 4) + some("i", 9) + Names{"orphan"} + some("t", 2), 100, 200);
  host.counts.unfinished_layers = {"x/tmproot1"};
  const RemovalPlan plan = planImageRemovals(host.counts, 2000, host.store, {100});
  CHECK_FALSE(plan.reached);
  CHECK(plan.margin_after == 17U);
  CHECK(plan.steps.size() == 3);
  CHECK(plan.unowned_layers == Names{"orphan"});
  CHECK(plan.unowned_links == 100);
  CHECK(plan.unfinished_layers == Names{"x/tmproot1"});
}

TEST_CASE("where removing helps nothing there are no steps") {
  ThreeImages host;
  host.counts.layers.insert(host.counts.layers.begin(), LayerCounts{});
  host.counts.layers[0].name = "a-orphan";
  host.counts.layers[0].pressure.offer({7, 1699, 1});
  for (LayerNames& entry : host.counts.tracked[0].layers) {
    ++entry.layer;
  }
  host.counts.tracked.insert(host.counts.tracked.begin(), {7, 1699, true, 1, {{0, 1}}});
  const RemovalPlan plan = host.plan(5);
  CHECK(plan.margin_before == 1U);
  CHECK_FALSE(plan.reached);
  CHECK(plan.steps.empty());
}

TEST_CASE("when every layer goes nothing binds the root any more") {
  const RemovalPlan plan = ThreeImages().plan(1000);
  CHECK(plan.reached);
  CHECK(plan.steps.size() == 3);
  CHECK_FALSE(plan.margin_after);
  CHECK_FALSE(highestMargin(plan));
}

TEST_CASE("files that are not regular bind nothing") {
  ThreeImages host;
  host.counts.tracked.push_back({45, 1700, false, 1700, {{0, 100}}});
  CHECK(host.plan(3).margin_before == 1U);
}

TEST_CASE("all tags of an image are removed, and digests only where no tag takes them along") {
  ThreeImages host;
  host.store.images[0].tags = {"host:5000/nine:1", "nine:1"};
  host.store.images[0].digests = {"nine@sha256:a", "other/nine@sha256:b",
                                  "host:5000/nine@sha256:c"};
  CHECK(host.plan(6).steps.at(0).references ==
        Names{"host:5000/nine:1", "nine:1", "other/nine@sha256:b"});

  host.store.images[0].tags = {};
  host.store.images[0].digests = {"nine@sha256:a"};
  CHECK(host.plan(6).steps.at(0).references == Names{"nine@sha256:a"});

  host.store.images[0].digests = {};
  CHECK(host.plan(6).steps.at(0).references == Names{"sha256:1"});
}

TEST_CASE("untagged images that a build left on the way go with the last image built from them") {
  ThreeImages host;
  // sha256:1 was built from sha256:0, which adds the first eight of its layers.
  host.store.images.insert(host.store.images.begin(),
                           image("sha256:0", {}, Names{"base"} + some("i", 8)));
  host.store.images[1].parent = "sha256:0";
  const RemovalPlan plan = host.plan(6);
  REQUIRE(plan.steps.size() == 1);
  CHECK(plan.steps[0].images_gone_too == Names{"sha256:0"});
  CHECK(plan.steps[0].layers == some("i", 9));

  SECTION("but not while a container is made from one") {
    host.store.containers = {{"c", "", "exited", "sha256:0", host.store.images[0].layers}};
    CHECK(namesOf(host.plan(6)) == Names{"four:1", "nine:1"});
    const RemovalPlan all = host.plan(10);
    CHECK(namesOf(all) == Names{"nine:1", "sha256:0"});
    CHECK(all.steps[0].layers == Names{"i8"});
    CHECK(all.steps[1].margin_after == 10U);
  }
}

TEST_CASE("a tagged image that others were built from is freed once those are gone") {
  ThreeImages host;
  host.store.images.insert(host.store.images.begin(),
                           image("sha256:0", {"parent:1"}, Names{"base"} + some("i", 8)));
  host.store.images[1].parent = "sha256:0";
  host.store.containers = {{"c", "", "exited", "sha256:1", host.store.images[1].layers}};
  host.store.images.resize(2);
  host.counts = uniform(Names{"base"} + some("i", 9), 100, 600);
  const RemovalPlan plan = host.plan(6);
  REQUIRE(plan.steps.size() == 2);
  CHECK(namesOf(plan) == Names{"parent:1", "nine:1"});
  CHECK(plan.steps[0].layers.empty());
  CHECK(plan.steps[1].images_gone_too == Names{"sha256:0"});
  CHECK_FALSE(plan.margin_after);
}

TEST_CASE("parents that go round in a circle harm nobody") {
  ThreeImages host;
  host.store.images.push_back(image("sha256:4", {}, {"base"}, "sha256:5"));
  host.store.images.push_back(image("sha256:5", {}, {"base"}, "sha256:4"));
  CHECK(namesOf(host.plan(6)) == Names{"nine:1"});
}

/// Marks all layers but these as no heads.
void setHeads(RootCounts& counts, const Names& heads) {
  for (LayerCounts& layer : counts.layers) {
    layer.head = std::find(heads.begin(), heads.end(), layer.name) != heads.end();
  }
}

/// Four snapshots of which the first has the most names and the last is the head.
RootCounts snapshots() {
  RootCounts counts = uniform({"a", "b", "c", "d"}, 100);
  counts.layout = "snapshots";
  counts.tracked[0].layers[0].names = 150;
  counts.tracked[0].links += 50;
  counts.layers[0].pressure.offer({44, 450, 150});
  setHeads(counts, {"d"});
  return counts;
}

/// Layers that may go, each by `rm`.
std::vector<RemovableLayer> mayGo(const Names& layers) {
  std::vector<RemovableLayer> removable;
  for (const std::string& layer : layers) {
    removable.push_back({layer, {"rm", "-rf", "--", "/b/" + layer}, ""});
  }
  return removable;
}

TEST_CASE("snapshots go oldest first, until the target is reached") {
  const RemovalPlan plan = planSnapshotRemovals(snapshots(), 600, mayGo({"c", "a", "b"}), {3});
  CHECK(plan.margin_before == 1U);
  CHECK(plan.reached);
  CHECK(namesOf(plan) == Names{"c", "a"});
  CHECK(plan.steps[0].command == Names{"rm", "-rf", "--", "/b/c"});
  CHECK(plan.steps[0].links_freed == 100);
  CHECK(plan.steps[0].margin_after == 2U);
  CHECK(plan.steps[1].links_freed == 150);
  CHECK(plan.steps[1].margin_after == 4U);
}

TEST_CASE("the margin is that of the heads: what older snapshots have more of is copied no more") {
  RootCounts counts = snapshots();
  CHECK(planSnapshotRemovals(counts, 600, {}, {9}).margin_before == 1U);
  counts.layers[0].head = true;
  CHECK(planSnapshotRemovals(counts, 600, {}, {9}).margin_before == 1U);
  CHECK(planSnapshotRemovals(counts, 700, {}, {9}).margin_before == 1U);
  counts.layers[0].head = false;
  CHECK(planSnapshotRemovals(counts, 700, {}, {9}).margin_before == 2U);
}

TEST_CASE("what the heads no longer hold binds nothing, however full it is") {
  RootCounts counts = uniform({"a", "b", "c", "d"}, 1);
  counts.tracked.push_back({45, 600, true, 600, {{0, 200}, {1, 200}, {2, 200}}});
  for (std::uint32_t layer : {0U, 1U, 2U}) {
    counts.layers[layer].pressure.offer({45, 600, 200});
  }
  setHeads(counts, {"d"});
  const RemovalPlan plan = planSnapshotRemovals(counts, 600, mayGo({"a", "b", "c"}), {597});
  CHECK(plan.margin_before == 596U);
  CHECK(namesOf(plan) == Names{"a"});
  CHECK(plan.steps[0].links_freed == 1);
  CHECK(plan.steps[0].margin_after == 597U);
}

TEST_CASE("only what may go goes, whatever the target") {
  const RemovalPlan plan = planSnapshotRemovals(snapshots(), 600, mayGo({"a", "b"}), {100});
  CHECK_FALSE(plan.reached);
  CHECK(plan.steps.size() == 2);
  CHECK(plan.margin_after == 4U);
}

TEST_CASE("a head goes in no plan, and neither does a layer that was not found") {
  RootCounts counts = snapshots();
  counts.layers[1].head = true;
  CHECK(namesOf(planSnapshotRemovals(counts, 600, mayGo({"aa", "b", "d", "z", "a"}), {100})) ==
        Names{"a"});
}

TEST_CASE("a snapshot without a command of its own is a step all the same") {
  const RemovalPlan plan =
      planSnapshotRemovals(snapshots(), 600, {{"a", {}, "Expire: +1 week"}}, {2});
  REQUIRE(plan.steps.size() == 1);
  CHECK(plan.reached);
  CHECK(plan.steps[0].command.empty());
  CHECK(plan.steps[0].expiry == "Expire: +1 week");
  CHECK(plan.steps[0].margin_after == 3U);
}

TEST_CASE("a snapshot that frees nothing of what binds is in no plan, however old") {
  RootCounts counts = uniform({"a", "b", "c", "d"}, 100);
  for (std::uint32_t kept : {0U, 1U}) {
    counts.tracked[0].layers.erase(counts.tracked[0].layers.begin());
    counts.layers[kept].pressure = {};
  }
  setHeads(counts, {"d"});
  const auto removable = mayGo({"a", "b", "c"});
  CHECK(namesOf(planSnapshotRemovals(counts, 600, removable, {3})) == Names{"c"});
  const RemovalPlan plan = planSnapshotRemovals(counts, 600, removable, {100});
  CHECK_FALSE(plan.reached);
  CHECK(namesOf(plan) == Names{"c"});
}

TEST_CASE("what no removal can bring nearer to the target is left alone") {
  RootCounts counts = uniform({"a", "b", "c", "d", "e"}, 100);
  setHeads(counts, {"d", "e"});
  const auto removable = mayGo({"b", "a"});
  // One more file, in b and e, allows 4: less than the target of 100, and b frees it.
  counts.layers[4].pressure.offer({45, 200, 100});
  counts.tracked.push_back({45, 200, true, 200, {{1, 100}, {4, 100}}});
  CHECK(namesOf(planSnapshotRemovals(counts, 600, removable, {100})) == Names{"b", "a"});
  // Another one allows the heads 1 for ever.
  counts.layers[3].pressure.offer({46, 450, 100});
  counts.tracked.push_back({46, 450, true, 450, {{3, 100}}});
  CHECK(planSnapshotRemovals(counts, 600, removable, {100}).steps.empty());
}

TEST_CASE("three hosts by date: an oldest date of one goes, once that is enough") {
  Names layers;
  for (const std::string host : {"alpha", "beta", "gamma"}) {
    for (const std::string date : {"01", "02", "03", "04"}) {
      layers.push_back(host + "/2024-01-" + date);
    }
  }
  RootCounts counts = uniform(layers, 3, 1);
  setHeads(counts, {"alpha/2024-01-04", "beta/2024-01-04", "gamma/2024-01-04"});
  const RemovalPlan plan = planSnapshotRemovals(
      counts, 45,
      mayGo({"alpha/2024-01-01", "beta/2024-01-01", "gamma/2024-01-01", "alpha/2024-01-02"}), {3});
  CHECK(plan.margin_before == 2U);
  CHECK(namesOf(plan) == Names{"alpha/2024-01-01"});
  CHECK(plan.margin_after == 3U);
}

TEST_CASE("what each layer would free alone of what binds the heads is listed, the most first") {
  RootCounts counts = snapshots();
  counts.layers.emplace_back().name = "e";
  CHECK(freedAlone(counts, 600, {1}) ==
        std::vector<FreedAlone>{{"a", 150}, {"b", 100}, {"c", 100}, {"d", 100}});
  // The fullest file of an older snapshot binds no copy that will ever be made.
  counts.tracked.push_back({45, 600, true, 600, {{0, 600}}});
  counts.layers[0].pressure.offer({45, 600, 600});
  CHECK(freedAlone(counts, 600, {1}).front() == FreedAlone{"a", 150});
}

}  // namespace
}  // namespace hardlink
