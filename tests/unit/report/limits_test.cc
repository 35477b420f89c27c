#include "report/limits.h"

#include <random>

#include "report/judge.h"
#include "support/catch.h"

namespace hardlink {
namespace {

constexpr std::uint64_t kBlock = 4096;

/// A layer with `directories` directories of one block, and one inode with a name in each.
LayerCounts headWith(const std::string& name, std::uint64_t directories, std::uint64_t links) {
  LayerCounts layer;
  layer.name = name;
  layer.names = directories;
  layer.directories = directories;
  layer.directory_bytes = directories * kBlock;
  layer.pressure.offer({44, links, directories});
  return layer;
}

FilesystemReport disk(std::uint64_t inodes_left, std::uint64_t bytes_left) {
  FilesystemReport filesystem{"ext4", "/dev/sdc", "/data", 65000, "kernel", std::nullopt};
  filesystem.costs = {.block_bytes = kBlock, .cluster_bytes = kBlock};
  filesystem.room = {.inodes = Quota{24000, inodes_left},
                     .bytes = Quota{std::uint64_t{1} << 30, bytes_left}};
  return filesystem;
}

RootCounts rootOf(const std::vector<LayerCounts>& layers) {
  RootCounts counts;
  counts.layout = "snapshots";
  counts.layers = layers;
  return counts;
}

/// A series of snapshots in the root. The last is the head.
Farm oneSeries(RootCounts& counts, std::uint64_t subdirectories,
               std::optional<std::uint64_t> limit) {
  Series series{.name = ".", .tool = Tool::rsync, .oldest_first = {}, .heads = {}, .holder = "."};
  for (LayerCounts& layer : counts.layers) {
    series.oldest_first.push_back(layer.name);
    layer.head = false;
  }
  counts.layers.back().head = true;
  series.heads = {counts.layers.back().name};
  counts.holders = {{".", subdirectories, limit}};
  for (const LinkPressure& inode : counts.layers.back().pressure.entries()) {
    counts.round_pressure.offer(inode);
  }
  Farm farm;
  farm.layout = Layout::snapshots;
  farm.series = {series};
  farm.layer_holders = {"."};
  return farm;
}

TEST_CASE("a copy takes an inode for each directory, and inodes that end first are the margin") {
  RootCounts counts = rootOf({headWith("01", 21, 60), headWith("02", 21, 60)});
  counts.binding_path = "01/f";
  const Farm farm = oneSeries(counts, 2, std::nullopt);
  const CensusReport report = judge(counts, farm, disk(33, 1 << 30), {});
  CHECK(report.extractions_remaining == 1U);
  CHECK(report.rounds_remaining == 1U);
  CHECK(report.first_limit == Limit::inodes);
  REQUIRE(report.limits.size() == 3);
  CHECK(report.limits[0].limit == Limit::links);
  CHECK(report.limits[0].extractions_remaining == 64940U / 21);
  CHECK(report.limits[0].path == "01/f");
  const LimitReport& inodes = report.limits[1];
  CHECK(inodes.used == 24000 - 33);
  CHECK(inodes.of == 24000);
  CHECK(inodes.remaining == 33);
  CHECK(inodes.per_extraction == 21U);
  CHECK(inodes.layer == "02");
  CHECK(inodes.path.empty());
  CHECK(report.tightest_layers[0].extractions_remaining == 1U);
  CHECK(report.tightest_layers[0].links_per_extraction == 21U);
  CHECK_FALSE(report.tightest_layers[0].binding_inode);
}

TEST_CASE("space ends first if directories take more than is left") {
  RootCounts counts = rootOf({headWith("01", 10, 10)});
  const Farm farm = oneSeries(counts, 1, std::nullopt);
  const CensusReport report = judge(counts, farm, disk(20000, 35 * kBlock), {});
  CHECK(report.extractions_remaining == 3U);
  CHECK(report.first_limit == Limit::space);
  CHECK(report.limits.back().per_extraction == 10 * kBlock);
}

TEST_CASE("the subdirectories of the directory in which copies appear end first") {
  RootCounts counts = rootOf({headWith("01", 10, 10)});
  const Farm farm = oneSeries(counts, 64990, 64998);
  const CensusReport report = judge(counts, farm, disk(20000, 1 << 30), {});
  CHECK(report.extractions_remaining == 8U);
  CHECK(report.first_limit == Limit::subdirectories);
  CHECK(report.limits.back().path == ".");
  CHECK(report.limits.back().used == 64990);
}

TEST_CASE("of two limits with the same margin the earlier one is reported") {
  RootCounts counts = rootOf({headWith("01", 10, 65000 - 20)});
  const Farm farm = oneSeries(counts, 64996, 64998);
  const CensusReport report = judge(counts, farm, disk(29, 29 * kBlock), {});
  CHECK(report.extractions_remaining == 2U);
  CHECK(report.first_limit == Limit::links);
  CHECK(report.tightest_layers[0].binding_inode == 44U);
}

TEST_CASE("without a link limit there is no margin, but the other limits are reported") {
  RootCounts counts = rootOf({headWith("01", 10, 10)});
  const Farm farm = oneSeries(counts, 1, std::nullopt);
  FilesystemReport filesystem = disk(29, 1 << 30);
  filesystem.link_limit.reset();
  const CensusReport report = judge(counts, farm, filesystem, {});
  CHECK_FALSE(report.extractions_remaining);
  CHECK_FALSE(report.first_limit);
  CHECK_FALSE(report.rounds_remaining);
  CHECK_FALSE(report.tightest_layers[0].extractions_remaining);
  REQUIRE(report.limits.size() == 2);
  CHECK(report.limits[0].extractions_remaining == 2U);
}

TEST_CASE("a root without layers reports the used part of each limit, and no margin") {
  RootCounts counts;
  counts.layout = "none";
  counts.max_links = 900;
  counts.fullest_directories = {{".runs/r", 300, 64998}, {"x", 5, 64998}};
  counts.fullest_names = DirectoryNames{"d", 7, 903, 16254, 18};
  FilesystemReport filesystem = disk(100, 1 << 20);
  filesystem.back_reference_bytes = 16258;
  const CensusReport report = judge(counts, Farm{}, filesystem, {});
  CHECK_FALSE(report.first_limit);
  REQUIRE(report.limits.size() == 5);
  for (const LimitReport& limit : report.limits) {
    CHECK_FALSE(limit.extractions_remaining);
    CHECK_FALSE(limit.per_extraction);
  }
  CHECK(report.limits[0].remaining == 64100);
  CHECK(report.limits[3].path == ".runs/r");
  CHECK(report.limits[3].used == 300);
  CHECK(report.limits[4].path == "d");
  CHECK(report.limits[4].remaining == 4);
  CHECK(report.filesystem.subdirectory_limit == 64998U);
}

TEST_CASE("unknown limits are not in the list") {
  RootCounts counts;
  counts.layout = "none";
  counts.fullest_directories = {{".", 3, std::nullopt}};
  FilesystemReport filesystem{"nfs4", "server:/x", "/x", std::nullopt, "unknown", std::nullopt};
  CHECK(judge(counts, Farm{}, filesystem, {}).limits.empty());
}

TEST_CASE("a layer also takes the files that Docker makes anew and keeps beside it") {
  LayerCounts layer = headWith("a", 260, 300);
  layer.names += 40;
  layer.remade_names = 40;
  layer.long_symlinks = 3;
  MakersOwn own;
  own.kept = {.inodes = 8, .blocks = 8, .bytes = 700};
  own.temporary = {.inodes = 4, .blocks = 3, .bytes = 10240};
  own.at_once = 125;
  own.once = {.inodes = 5, .blocks = 5, .bytes = 0};
  own.once_bytes_per_name = 512;
  const LayerTakes takes = takesOf(layer, own, {.block_bytes = kBlock, .cluster_bytes = kBlock});
  CHECK(takes.inodes == Take{.each = 308, .temporary = 4, .at_once = 125, .once = 5});
  CHECK(takes.bytes == Take{.each = (260 + 3 + 8) * kBlock + 700,
                            .temporary = 3 * kBlock + 10240,
                            .at_once = 125,
                            .once = 5 * kBlock + (300 + 260) * 512});
}

TEST_CASE("the room that the removal of a layer frees is a lower bound") {
  const RootCounts counts = rootOf({headWith("a", 10, 300)});
  Farm farm;
  farm.layout = Layout::docker_overlay;
  farm.makers_own.kept = {.inodes = 8, .blocks = 8, .bytes = 700};
  farm.makers_own.returned = {.inodes = 7, .blocks = 7, .bytes = 0};
  const std::vector<LayerStock> stocks = stocksOf(counts, farm, disk(9000, 1 << 30));
  REQUIRE(stocks.size() == 2);
  CHECK(stocks[0].of_layers[0].freed == 17);
  CHECK(stocks[0].of_layers[0].take.each == 18);
  CHECK(stocks[1].of_layers[0].freed == 17 * kBlock);
  CHECK(stocks[1].of_layers[0].take.each == 18 * kBlock + 700);
}

TEST_CASE("on tmpfs each further name takes an inode, and on XFS each inode takes space") {
  const LayerCounts layer = headWith("a", 10, 10);
  CHECK(takesOf(layer, {}, {.names_take_inodes = true}).inodes.each == 20);
  const CopyCosts xfs = {.block_bytes = kBlock, .cluster_bytes = kBlock, .inode_bytes = 512};
  CHECK(takesOf(layer, {}, xfs).bytes.each == 10 * (kBlock + 512));
}

/// How many layers can be made one after the other until the peak need of the next does not fit.
std::uint64_t fitByTrying(const Take& take, std::uint64_t left) {
  std::uint64_t layers = 0;
  for (std::uint64_t need = 0;; ++layers) {
    const std::uint64_t next = layers + 1;
    need =
        take.once + next * take.each + (next < take.at_once ? next : take.at_once) * take.temporary;
    if (need > left) {
      return layers;
    }
  }
}

TEST_CASE("as many layers fit as can be made one after the other") {
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    const Take take{.each = 1 + random() % 9,
                    .temporary = random() % 4,
                    .at_once = random() % 6,
                    .once = random() % 12};
    const std::uint64_t left = random() % 120;
    CAPTURE(take.each, take.temporary, take.at_once, take.once, left);
    const auto fit = layersThatFit(take, left);
    REQUIRE(fit == fitByTrying(take, left));
    CHECK((*fit == 0 || takenBy(take, *fit) <= left));
  }
  CHECK_FALSE(layersThatFit({}, 5));
}

TEST_CASE("a round takes what all heads take together") {
  RootCounts counts = rootOf({headWith("a/1", 5, 10), headWith("b/1", 7, 10)});
  Farm farm;
  farm.layout = Layout::snapshots;
  for (const std::string series : {"a", "b"}) {
    farm.series.push_back({.name = series,
                           .tool = Tool::rsync,
                           .oldest_first = {series + "/1"},
                           .heads = {series + "/1"},
                           .holder = series});
    counts.holders.push_back({series, 1, std::nullopt});
  }
  const CensusReport report = judge(counts, farm, disk(30, 1 << 30), {});
  CHECK(report.extractions_remaining == 4U);
  CHECK(report.rounds_remaining == 2U);
  CHECK(report.series[0].extractions_remaining == 6U);
  CHECK(report.series[1].extractions_remaining == 4U);
}

}  // namespace
}  // namespace hardlink
