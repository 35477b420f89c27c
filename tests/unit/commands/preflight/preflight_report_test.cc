#include "commands/preflight/preflight_report.h"

#include "support/catch.h"

namespace hardlink {
namespace {

LayerCounts layer(const std::string& name, const std::vector<LinkPressure>& inodes) {
  LayerCounts counts;
  counts.name = name;
  for (const LinkPressure& inode : inodes) {
    counts.pressure.offer(inode);
  }
  return counts;
}

TEST_CASE("the root's margin afterwards is that of new layers, old ones, and old ones grown") {
  RootCounts counts;
  counts.layers = {layer("a", {{1, 50, 10}, {2, 60, 1}}), layer("b", {{2, 60, 2}})};
  CHECK(rootMargin(counts, {}, std::nullopt, 100) == 5);
  CHECK(rootMargin(counts, {}, 3, 100) == 3);
  // Inode 2 has 96 links now: two more layers of b, where it has two names.
  counts.tracked = {{2, 60, true, 60, {{0, 1}, {1, 2}}}};
  CHECK(rootMargin(counts, {{2, 96}}, 9, 100) == 2);
  CHECK(rootMargin(counts, {{3, 96}}, 9, 100) == 5);
  CHECK_FALSE(rootMargin({}, {}, std::nullopt, 100));
}

TEST_CASE("the root's margin afterwards is also that of what inodes and space are left then") {
  RootCounts counts;
  counts.layers = {layer("a", {{1, 50, 10}}), layer("b", {})};
  counts.layers[1].directories = 9;
  counts.layers[1].directory_bytes = 9 * 4096;
  ExtractionRoom room;
  room.costs = {.block_bytes = 4096, .cluster_bytes = 4096};
  room.makers_own.kept = {.inodes = 1, .blocks = 2};
  FreeRoom left;
  CHECK(rootMargin(counts, {}, std::nullopt, 100, room, left) == 5);
  left.inodes = Quota{1000, 49};
  CHECK(rootMargin(counts, {}, std::nullopt, 100, room, left) == 4);
  left.bytes = Quota{1 << 20, 3 * 11 * 4096};
  CHECK(rootMargin(counts, {}, std::nullopt, 100, room, left) == 3);
  CHECK(rootMargin(counts, {}, 2, 100, room, left) == 2);
}

TEST_CASE("only inodes that could bind more tightly than the new layers need counting") {
  const std::vector<LinksAfter> grown{{1, 10}, {2, 25}, {3, 90}};
  CHECK(tighterThan(grown, 3, 100) == std::vector<LinksAfter>{{3, 90}});
  CHECK(tighterThan(grown, 4, 100) == std::vector<LinksAfter>{{2, 25}, {3, 90}});
  CHECK(tighterThan(grown, std::nullopt, 100) == grown);
  CHECK(tighterThan(grown, 0, 100).empty());
}

TEST_CASE("an archive fits if every image in it does") {
  Preflight preflight;
  preflight.images.resize(2);
  CHECK(preflight.fits());
  preflight.images[1].failure = ExtractionFailure{"a", Limit::links, 2, 1};
  CHECK_FALSE(preflight.fits());
}

}  // namespace
}  // namespace hardlink
