#include "report/judge.h"

#include <random>

#include "support/catch.h"

namespace hardlink {
namespace {

const std::vector<std::uint64_t> kBounds = {1, 2, 10, 200, 65000};

FilesystemReport ext4() { return {"ext4", "/dev/sdc", "/data", 65000, "kernel", std::nullopt}; }

FilesystemReport nfs() {
  return {"nfs4", "server:/x", "/x", std::nullopt, "unknown", std::nullopt};
}

LayerCounts layer(const std::string& name, const std::vector<LinkPressure>& inodes) {
  LayerCounts counts;
  counts.name = name;
  counts.inode_links = BucketCounts(kBounds);
  for (const LinkPressure& inode : inodes) {
    counts.names += inode.names;
    counts.inodes += 1;
    counts.max_links = std::max(counts.max_links, inode.links);
    counts.max_names_per_inode = std::max(counts.max_names_per_inode, inode.names);
    counts.inode_links.add(inode.links);
    counts.pressure.offer(inode);
  }
  return counts;
}

RootCounts root(const std::vector<LayerCounts>& layers) {
  RootCounts counts;
  counts.layout = layers.empty() ? "none" : "snapshots";
  counts.engine = "walk";
  counts.inode_links = BucketCounts(kBounds);
  counts.layers = layers;
  for (const LayerCounts& entry : layers) {
    counts.max_links = std::max(counts.max_links, entry.max_links);
  }
  return counts;
}

TEST_CASE("the margin of the article's host: 301 layers of 197 names leave room for 28 more") {
  const RootCounts counts = root({layer("a", {{44, 59297, 197}, {45, 301, 1}})});
  const CensusReport report = judge(counts, Farm{}, ext4(), {});
  CHECK(report.headroom_links == 5703);
  CHECK(report.extractions_remaining == 28U);
  REQUIRE(report.tightest_layers.size() == 1);
  CHECK(report.tightest_layers[0].links_per_extraction == 197U);
  CHECK(report.tightest_layers[0].binding_inode == 44U);
}

TEST_CASE("146 links below the limit, a layer that needs 200 cannot be made") {
  const CensusReport report = judge(root({layer("a", {{1, 64854, 200}})}), Farm{}, ext4(), {});
  CHECK(report.headroom_links == 146);
  CHECK(report.extractions_remaining == 0U);
}

TEST_CASE("an inode at its limit, or above a lowered limit, leaves room for no layer") {
  CHECK(extractionsRemaining(65000, 65000, 1) == 0);
  CHECK(extractionsRemaining(65000, 64999, 1) == 1);
  CHECK(extractionsRemaining(100, 300, 1) == 0);
  const CensusReport report = judge(root({layer("a", {{1, 65200, 1}})}), Farm{}, ext4(), {});
  CHECK(report.extractions_remaining == 0U);
  CHECK(report.headroom_links == -200);
}

TEST_CASE("the inode with the most links does not bind if another has more names per layer") {
  const CensusReport report =
      judge(root({layer("a", {{1, 60000, 1}, {2, 40000, 500}})}), Farm{}, ext4(), {});
  CHECK(report.max_links == 60000);
  CHECK(report.headroom_links == 5000);
  CHECK(report.extractions_remaining == 50U);
  CHECK(report.tightest_layers[0].binding_inode == 2U);
  CHECK(report.tightest_layers[0].max_links == 60000U);
}

TEST_CASE("if two inodes bind equally, the one with more links is reported") {
  // floor(5000 / 500) and floor(10 / 1) are both 10.
  const CensusReport report =
      judge(root({layer("a", {{1, 60000, 500}, {2, 64990, 1}})}), Farm{}, ext4(), {});
  CHECK(report.extractions_remaining == 10U);
  CHECK(report.tightest_layers[0].binding_inode == 2U);
}

TEST_CASE("each layer is bound by its own inodes, and the root has the least margin of all") {
  const CensusReport report = judge(root({layer("a", {{1, 1000, 1}}), layer("b", {{2, 64000, 300}}),
                                          layer("c", {{3, 64000, 100}})}),
                                    Farm{}, ext4(), {});
  CHECK(report.extractions_remaining == 3U);
  REQUIRE(report.tightest_layers.size() == 3);
  CHECK(report.tightest_layers[0].name == "b");
  CHECK(report.tightest_layers[1].name == "c");
  CHECK(report.tightest_layers[1].extractions_remaining == 10U);
  CHECK(report.tightest_layers[2].extractions_remaining == 64000U);
}

TEST_CASE("the root has the margin of the tightest layer even if no layer is listed") {
  ReportLimits limits;
  limits.layers = 0;
  const CensusReport report =
      judge(root({layer("a", {{1, 10, 1}}), layer("b", {{2, 64999, 1}})}), Farm{}, ext4(), limits);
  CHECK(report.tightest_layers.empty());
  CHECK(report.extractions_remaining == 1U);
  CHECK(report.layers == 2);
}

TEST_CASE("without a known limit there is no headroom and no margin") {
  RootCounts counts = root({layer("a", {{1, 500, 3}})});
  counts.hot_inodes = {{1, 500, 500, 1, 6, true, {"a/f"}}};
  const CensusReport report = judge(counts, Farm{}, nfs(), {});
  CHECK(report.max_links == 500);
  CHECK_FALSE(report.headroom_links);
  CHECK_FALSE(report.extractions_remaining);
  CHECK_FALSE(report.tightest_layers[0].extractions_remaining);
  CHECK_FALSE(report.tightest_layers[0].binding_inode);
  CHECK_FALSE(report.hot_inodes[0].headroom_links);
}

TEST_CASE("a root without layers has headroom but no margin") {
  RootCounts counts = root({});
  counts.max_links = 7;
  const CensusReport report = judge(counts, Farm{}, ext4(), {});
  CHECK(report.headroom_links == 64993);
  CHECK_FALSE(report.extractions_remaining);
  CHECK(report.layer_links.count() == 0);
}

TEST_CASE("a layer without regular files has no margin and comes last") {
  const CensusReport report =
      judge(root({layer("empty", {}), layer("full", {{1, 10, 1}})}), Farm{}, ext4(), {});
  CHECK(report.extractions_remaining == 64990U);
  CHECK(report.tightest_layers[0].name == "full");
  CHECK_FALSE(report.tightest_layers[1].extractions_remaining);
}

TEST_CASE("the layers' histogram counts layers by the links that one more of each adds") {
  const CensusReport report = judge(root({layer("a", {{1, 400, 200}, {2, 2, 1}}),
                                          layer("b", {{1, 400, 200}}), layer("c", {{3, 2, 1}})}),
                                    Farm{}, ext4(), {});
  CHECK(report.layer_links.bounds == kBounds);
  CHECK(report.layer_links.cumulative == std::vector<std::uint64_t>{1, 1, 1, 3, 3, 3});
  CHECK(report.layer_links.sum == 401);
  CHECK(report.tightest_layers[0].inode_links.count() > 0);
}

TEST_CASE("links of a hot inode without a name in the root are outside of the root") {
  RootCounts counts = root({});
  counts.max_links = 12;
  counts.hot_inodes = {
      {7, 12, 9, 2, 6, true, {"x", "y"}}, {8, 3, 3, 1, 0, false, {}}, {9, 2, 3, 1, 0, true, {"z"}}};
  const CensusReport report = judge(counts, Farm{}, ext4(), {});
  REQUIRE(report.hot_inodes.size() == 3);
  CHECK(report.hot_inodes[0].links_outside_root == 3);
  CHECK(report.hot_inodes[0].path == "x");
  CHECK(report.hot_inodes[1].path.empty());
  CHECK(report.hot_inodes[2].links_outside_root == 0);
  CHECK(report.links_outside_root == 3);
}

TEST_CASE("a census with an unread directory is incomplete and one with vanished names is not") {
  RootCounts counts = root({});
  counts.errors[CensusErrorReason::vanished] = 3;
  CHECK(judge(counts, Farm{}, ext4(), {}).complete);
  counts.errors[CensusErrorReason::permission] = 1;
  counts.errors.unread_directories = 1;
  CHECK_FALSE(judge(counts, Farm{}, ext4(), {}).complete);
}

/// Three layers. `b` and `c` hold the same bytes alone.
RootCounts rootOfBytes() {
  RootCounts counts =
      root({layer("a", {{1, 3, 1}}), layer("b", {{1, 3, 1}}), layer("c", {{1, 3, 1}})});
  counts.layers[1].exclusive_bytes = 4096;
  counts.layers[2].exclusive_bytes = 4096;
  counts.allocated_bytes = 12288;
  counts.referenced_bytes = 20480;
  return counts;
}

TEST_CASE("the bytes of a root and of each layer are those of the census") {
  const CensusReport report = judge(rootOfBytes(), Farm{}, ext4(), {});
  CHECK(report.allocated_bytes == 12288U);
  CHECK(report.referenced_bytes == 20480U);
  REQUIRE(report.tightest_layers.size() == 3);
  CHECK(report.tightest_layers[0].name == "a");
  CHECK(report.tightest_layers[0].exclusive_bytes == 0U);
  CHECK(report.tightest_layers[1].exclusive_bytes == 4096U);
}

TEST_CASE("the layers that hold most alone come first, and equal ones by name") {
  CHECK(judge(rootOfBytes(), Farm{}, ext4(), {}).largest_layers ==
        std::vector<LayerBytes>{{"b", 4096}, {"c", 4096}, {"a", 0}});
  ReportLimits limits;
  limits.layers = 1;
  CHECK(judge(rootOfBytes(), Farm{}, ext4(), limits).largest_layers ==
        std::vector<LayerBytes>{{"b", 4096}});
  limits.layers = 0;
  CHECK(judge(rootOfBytes(), Farm{}, ext4(), limits).largest_layers.empty());
}

TEST_CASE("the largest layers are chosen from all of them, not from the tightest") {
  RootCounts counts = root({layer("a", {{1, 64000, 300}}), layer("b", {{2, 2, 1}})});
  counts.layers[1].exclusive_bytes = 1;
  ReportLimits limits;
  limits.layers = 1;
  const CensusReport report = judge(counts, Farm{}, ext4(), limits);
  REQUIRE(report.tightest_layers.size() == 1);
  CHECK(report.tightest_layers[0].name == "a");
  CHECK(report.largest_layers == std::vector<LayerBytes>{{"b", 1}});
}

TEST_CASE("a census that was stopped has the bytes of the part that was read") {
  RootCounts counts = rootOfBytes();
  counts.stopped = true;
  counts.layers.pop_back();
  const CensusReport report = judge(counts, Farm{}, ext4(), {});
  CHECK_FALSE(report.complete);
  CHECK(report.allocated_bytes == 12288U);
  CHECK(report.referenced_bytes == 20480U);
  CHECK(report.largest_layers == std::vector<LayerBytes>{{"b", 4096}, {"a", 0}});
}

TEST_CASE("fresh link counts move headroom between censuses") {
  RootCounts counts = root({});
  counts.max_links = 12;
  counts.hot_inodes = {{7, 12, 12, 1, 6, true, {"x"}}, {8, 11, 11, 1, 6, true, {"y"}}};
  const CensusReport before = judge(counts, Farm{}, ext4(), {});
  const CensusReport after = withFreshLinks(before, {{8, 64000}}, 0);
  CHECK(after.max_links == 64000);
  CHECK(after.headroom_links == 1000);
  CHECK(after.hot_inodes[0].links == 12);
  CHECK(after.hot_inodes[1].headroom_links == 1000);

  SECTION("and max_links does not fall below the inodes that are not watched") {
    CHECK(withFreshLinks(before, {{7, 1}, {8, 1}}, 10).max_links == 10);
  }
  SECTION("and without fresh counts the report is unchanged") {
    CHECK(withFreshLinks(before, {}, 10) == before);
  }
}

LayerCounts older(LayerCounts layer) {
  layer.head = false;
  return layer;
}

TEST_CASE("the margin is that of the tightest head, even if older layers are tighter") {
  const RootCounts counts = root({layer("1", {{1, 64990, 20}}), layer("2", {{2, 5000, 1}}),
                                  layer("3", {{3, 60000, 1000}}), layer("4", {{4, 10, 1}})});
  RootCounts aged = counts;
  for (const std::size_t index : {0U, 1U}) {
    aged.layers[index].head = false;
  }
  CHECK(judge(counts, Farm{}, ext4(), {}).extractions_remaining == 0U);
  const CensusReport report = judge(aged, Farm{}, ext4(), {});
  CHECK(report.extractions_remaining == 5U);
  REQUIRE(report.tightest_layers.size() == 4);
  const auto& layers = report.tightest_layers;
  CHECK(layers[0].name == "3");
  CHECK(layers[0].head);
  CHECK(layers[1].name == "4");
  CHECK(layers[2].name == "1");
  CHECK_FALSE(layers[2].head);
  CHECK(layers[2].extractions_remaining == 0U);
  CHECK(layers[3].name == "2");
  ReportLimits none;
  none.layers = 0;
  CHECK(judge(aged, Farm{}, ext4(), none).extractions_remaining == 5U);
}

TEST_CASE("without a head there is no margin") {
  const RootCounts counts = root({older(layer("1", {{1, 10, 1}}))});
  const CensusReport report = judge(counts, Farm{}, ext4(), {});
  CHECK_FALSE(report.extractions_remaining);
  CHECK(report.tightest_layers.at(0).extractions_remaining == 64990U);
}

/// Two series: one with two heads, since its orders contradict each other, and one without a head.
Farm twoSeries() {
  Farm farm;
  farm.layout = Layout::snapshots;
  farm.tool = Tool::rsync;
  farm.reason = "copies of each other, called by dates";
  farm.series = {{"alpha", Tool::rsync, {"alpha/1", "alpha/2"}, {"alpha/1", "alpha/2"}},
                 {"beta", Tool::rsync, {"beta/1"}, {"beta/1"}},
                 {"gone", Tool::rsync, {"gone/1"}, {"gone/1"}},
                 {"new", Tool::rsync, {}, {}}};
  farm.layers = farm.heads = {"alpha/1", "alpha/2", "beta/1", "gone/1"};
  return farm;
}

TEST_CASE("a series shows its tightest head, and the report describes the farm") {
  RootCounts counts = root({layer("alpha/1", {{1, 60000, 10}}), layer("alpha/2", {{1, 60000, 20}}),
                            layer("beta/1", {{2, 64000, 1}})});
  counts.round_pressure.offer({1, 60000, 30});
  counts.round_pressure.offer({2, 64000, 1});
  const CensusReport report = judge(counts, twoSeries(), ext4(), {});
  CHECK(report.tool == "rsync");
  CHECK(report.layout_reason == "copies of each other, called by dates");
  CHECK(report.series == std::vector<SeriesReport>{{"alpha", 2, "alpha/2", 250},
                                                   {"beta", 1, "beta/1", 1000},
                                                   {"gone", 1, "", std::nullopt},
                                                   {"new", 0, "", std::nullopt}});
  CHECK(report.rounds_remaining == 166U);
  CHECK(report.extractions_remaining == 250U);
  const CensusReport unlimited = judge(counts, twoSeries(), nfs(), {});
  CHECK_FALSE(unlimited.rounds_remaining);
  CHECK(unlimited.series.at(0).head == "alpha/1");
  CHECK_FALSE(unlimited.series.at(0).extractions_remaining);
  Farm lone = twoSeries();
  lone.series.clear();
  CHECK_FALSE(judge(counts, lone, ext4(), {}).rounds_remaining);
}

TEST_CASE("the report on a store has the links per user and the clean-up command") {
  RootCounts counts = root({});
  counts.layout = "store";
  counts.links_per_user = 9;
  Farm farm;
  farm.layout = Layout::store;
  farm.tool = Tool::containers_storage;
  farm.advice = "podman image prune";
  const CensusReport report = judge(counts, farm, ext4(), {});
  CHECK(report.layout == "store");
  CHECK(report.tool == "containers-storage");
  CHECK(report.links_per_user == 9U);
  CHECK(report.advice == "podman image prune");
  CHECK_FALSE(report.rounds_remaining);
  CHECK_FALSE(report.extractions_remaining);
}

/// Copies each head in turn until an inode has no room, and returns the number of full rounds.
std::uint64_t roundsByMaking(const std::vector<std::vector<std::uint64_t>>& names_in_heads,
                             std::vector<std::uint64_t> links, std::uint64_t limit) {
  for (std::uint64_t rounds = 0;; ++rounds) {
    for (const auto& names : names_in_heads) {
      for (std::size_t inode = 0; inode < names.size(); ++inode) {
        links[inode] += names[inode];
        if (names[inode] > 0 && links[inode] > limit) {
          return rounds;
        }
      }
    }
  }
}

TEST_CASE("the number of rounds equals the rounds of copies that can be made until one fails") {
  std::mt19937 random(7);
  const auto upTo = [&](std::uint64_t most) {
    return std::uniform_int_distribution<std::uint64_t>(0, most)(random);
  };
  for (int farm = 0; farm < 300; ++farm) {
    CAPTURE(farm);
    const std::size_t inodes = 1 + upTo(6);
    std::vector<std::vector<std::uint64_t>> names(1 + upTo(4));
    std::vector<std::uint64_t> links(inodes);
    RootCounts counts = root({});
    for (auto& head : names) {
      for (std::size_t inode = 0; inode < inodes; ++inode) {
        head.push_back(upTo(1) * upTo(9));
      }
    }
    for (std::size_t inode = 0; inode < inodes; ++inode) {
      links[inode] = 1 + upTo(200);
      std::uint64_t sum = 0;
      for (const auto& head : names) {
        sum += head[inode];
      }
      if (sum > 0) {
        counts.round_pressure.offer({inode, links[inode], sum});
      }
    }
    if (counts.round_pressure.entries().empty()) {
      continue;
    }
    FilesystemReport filesystem = ext4();
    filesystem.link_limit = 150;
    CHECK(judge(counts, twoSeries(), filesystem, {}).rounds_remaining ==
          roundsByMaking(names, links, 150));
  }
}

}  // namespace
}  // namespace hardlink
