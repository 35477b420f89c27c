#include "commands/plan/search/removal_search.h"

#include <numeric>
#include <utility>

#include "support/catch.h"

namespace hardlink {
namespace {

/// Removal i frees a layer of `names[i]` names of one inode; a layer of `base` names stays.
RemovalLedger independent(const std::vector<std::uint64_t>& names, std::uint64_t base,
                          std::uint64_t limit) {
  RootCounts counts;
  counts.layers.resize(names.size() + 1);
  std::vector<LayerBatch> groups = {{{}, {0}}};
  TrackedInode inode{1, base, true, 0, {{0, base}}};
  for (std::uint32_t i = 0; i < names.size(); ++i) {
    groups.push_back({{i}, {i + 1}});
    inode.layers.push_back({i + 1, names[i]});
    inode.links += names[i];
  }
  counts.tracked = {inode};
  return {counts, limit, groups, names.size()};
}

std::vector<Removal> firstOnes(std::size_t count) {
  std::vector<Removal> removals(count);
  std::iota(removals.begin(), removals.end(), 0U);
  return removals;
}

TEST_CASE("removals and taking them back leave the ledger as it was") {
  RemovalLedger ledger = independent({5, 6, 7}, 10, 48);
  CHECK(ledger.margin() == 2U);
  ledger.remove(2);
  CHECK(ledger.margin() == 2U);
  CHECK(ledger.layersGone() == 1);
  ledger.remove(1);
  CHECK(ledger.margin() == 3U);
  CHECK(ledger.excess(4) == 7);
  ledger.restore(2);
  ledger.restore(1);
  CHECK(ledger.margin() == 2U);
  CHECK(ledger.layersGone() == 0);
}

TEST_CASE("inodes that no margin up to the target depends on are left out of the search") {
  RemovalLedger ledger = independent({5, 6, 7}, 10, 48);
  ledger.keepInTheWayOf(2);
  CHECK(ledger.stocks().empty());
  CHECK(ledger.reaches(2));
}

TEST_CASE("one removal that suffices is preferred to several smaller ones") {
  // Margin 3 on 10 names each takes 18 links more than the 2 there are.
  const RemovalLedger ledger = independent({9, 9, 9, 18, 9}, 10, 76);
  const RemovalSet set = findRemovals(ledger, {firstOnes(5), {}}, 3);
  CHECK(set.removals == std::vector<Removal>{3});
  CHECK(set.fewest_proven);
  CHECK(set.least_lost_proven);
}

/// Groups of as many layers as said, all with one name of the same inode; one more layer stays.
RemovalLedger grouped(const std::vector<std::pair<std::vector<Removal>, std::uint32_t>>& groups,
                      std::size_t removals, std::uint64_t limit) {
  RootCounts counts;
  TrackedInode inode{1, 0, true, 0, {}};
  std::vector<LayerBatch> layer_groups;
  const auto add = [&](const std::vector<Removal>& needed, std::uint32_t layers) {
    layer_groups.push_back({needed, {}});
    for (std::uint32_t i = 0; i < layers; ++i) {
      const auto layer = static_cast<std::uint32_t>(inode.links++);
      layer_groups.back().layers.push_back(layer);
      inode.layers.push_back({layer, 1});
    }
  };
  add({}, 1);
  for (const auto& [needed, layers] : groups) {
    add(needed, layers);
  }
  counts.layers.resize(inode.links);
  counts.tracked = {inode};
  return {counts, limit, layer_groups, removals};
}

TEST_CASE("two removals that free much together beat three that free much one by one") {
  // 30 of 71 layers have to go. One by one, 16 and 8 and 8 each free more per removal than the
  // pair.
  const RemovalLedger ledger =
      grouped({{{0, 1}, 30}, {{2}, 16}, {{3}, 8}, {{4}, 8}, {{5}, 8}}, 6, 71);
  const RemovalSet set = findRemovals(ledger, {firstOnes(6), {}}, 30);
  CHECK(set.removals == std::vector<Removal>{0, 1});
  CHECK(set.fewest_proven);
  CHECK(set.least_lost_proven);
  CHECK(findRemovals(ledger, {firstOnes(6), {}}, 30, 0).removals == std::vector<Removal>{2, 3, 4});
}

TEST_CASE("three hundred images with layers of their own take no time to prove the fewest") {
  const RemovalLedger ledger = independent(std::vector<std::uint64_t>(300, 197), 197, 60000);
  const RemovalSet set = findRemovals(ledger, {firstOnes(300), {}}, 33, 10'000'000);
  CHECK(set.removals.size() == 30);
  CHECK(set.fewest_proven);
  CHECK(set.least_lost_proven);
}

TEST_CASE("a search that may not look far still finds a set, and claims nothing of it") {
  std::vector<std::uint64_t> names;
  for (std::uint64_t i = 0; i < 60; ++i) {
    names.push_back(100 + i * i % 37);
  }
  const std::uint64_t all = std::accumulate(names.begin(), names.end(), std::uint64_t{0});
  RemovalLedger ledger = independent(names, 100, all);
  const RemovalSet set = findRemovals(ledger, {firstOnes(60), {}}, 20, 10);
  CHECK_FALSE(set.removals.empty());
  CHECK_FALSE(set.fewest_proven);
  CHECK_FALSE(set.least_lost_proven);
  for (const Removal removal : set.removals) {
    ledger.remove(removal);
  }
  CHECK(ledger.reaches(20));
}

}  // namespace
}  // namespace hardlink
