#include "commands/explain/explanation.h"

#include "support/catch.h"

namespace hardlink {
namespace {

constexpr std::uint64_t kInode = 44;
constexpr std::uint64_t kLimit = 65000;

LayerCounts layer(const std::string& name, const std::vector<LinkPressure>& inodes) {
  LayerCounts counts;
  counts.name = name;
  for (const LinkPressure& inode : inodes) {
    counts.pressure.offer(inode);
  }
  return counts;
}

/// Four layers: two with 197 names of the inode, one with 200, one with none.
RootCounts fourLayers() {
  RootCounts counts;
  counts.layout = "docker-overlay";
  counts.engine = "ext4";
  counts.layers = {layer("a", {{kInode, 700, 197}}), layer("b", {{kInode, 700, 197}}),
                   layer("c", {{kInode, 700, 200}, {45, 64990, 1}}), layer("d", {{46, 1, 1}})};
  counts.tracked = {{.inode = kInode,
                     .links = 700,
                     .linked = true,
                     .names_in_root = 640,
                     .layers = {{0, 197}, {1, 197}, {2, 200}},
                     .names_unfinished = 40,
                     .paths = {"x/one"}}};
  counts.unfinished_layers = {"e/tmproot1"};
  return counts;
}

NamesOfFile explained(const RootCounts& counts, const ImageStore& images = {}) {
  return explainNames(kInode, 700, counts, {}, kLimit, images);
}

TEST_CASE("every link is in a layer, in an unfinished one, elsewhere in the root or outside it") {
  const NamesOfFile names = explained(fourLayers());
  CHECK(names.in_root == 640);
  CHECK(names.in_layers == 594);
  CHECK(names.in_unfinished_layers == 40);
  CHECK(names.elsewhere_in_root == 6);
  CHECK(names.outside_root == 60);
  CHECK(names.layers == 3);
  CHECK(names.all_layers == 4);
  CHECK(names.unfinished_layers == std::vector<std::string>{"e/tmproot1"});
  CHECK(names.paths == std::vector<std::string>{"x/one"});
}

TEST_CASE("the next copy builds on a head, so the file gives way there first") {
  RootCounts counts = fourLayers();
  counts.layout = "snapshots";
  counts.layers[2].head = false;
  Farm farm;
  farm.tool = Tool::rsync;
  const NamesOfFile names = explainNames(kInode, 700, counts, farm, kLimit, {});
  CHECK(names.tool == "rsync");
  CHECK(names.tightest.value().layer == "a");
  CHECK(names.layers == 3);
  CHECK(names.heads == 2);
  for (LayerCounts& layer : counts.layers) {
    layer.head = false;
  }
  const NamesOfFile old = explainNames(kInode, 700, counts, farm, kLimit, {});
  CHECK_FALSE(old.tightest);
  CHECK(old.heads == 0);
}

TEST_CASE("layers with the same number of names are one group, the largest first") {
  CHECK(explained(fourLayers()).groups == std::vector<LayerGroup>{{2, 197, "a"}, {1, 200, "c"}});
}

TEST_CASE("the layer with the most names is where the file gives way, or another file before it") {
  const auto tightest = explained(fourLayers()).tightest;
  REQUIRE(tightest);
  CHECK(tightest->layer == "c");
  CHECK(tightest->names == 200);
  CHECK(tightest->extractions_remaining == (kLimit - 700) / 200);
  CHECK(tightest->layer_extractions_remaining == 10U);
}

TEST_CASE("without a limit what a layer takes is known, and not how many fit") {
  const auto tightest = explainNames(kInode, 700, fourLayers(), {}, std::nullopt, {}).tightest;
  REQUIRE(tightest);
  CHECK(tightest->names == 200);
  CHECK_FALSE(tightest->extractions_remaining);
  CHECK_FALSE(tightest->layer_extractions_remaining);
}

TEST_CASE("what is no regular file is made anew in every layer, so nothing gives way") {
  RootCounts counts = fourLayers();
  counts.tracked[0].linked = false;
  CHECK_FALSE(explained(counts).tightest);
}

TEST_CASE("a file without a name in the root has all its links outside of it") {
  RootCounts counts = fourLayers();
  counts.tracked.clear();
  const NamesOfFile names = explained(counts);
  CHECK(names.in_root == 0);
  CHECK(names.outside_root == 700);
  CHECK(names.groups.empty());
}

TEST_CASE("more names than links, when some came while they were counted, are none outside") {
  RootCounts counts = fourLayers();
  counts.tracked[0].names_in_root = 710;
  CHECK(explained(counts).outside_root == 0);
}

TEST_CASE("images and containers hold what their layers hold, the most first") {
  ImageStore store;
  store.known = true;
  store.named_layers = {"a", "b", "d"};
  store.images = {{"sha256:1", {"one:1"}, {}, "", {"a"}},
                  {"sha256:2", {}, {}, "", {"a", "b"}},
                  {"sha256:3", {"three:1"}, {}, "", {"d"}}};
  store.containers = {{"c1", "web", "running", "sha256:1", {"a"}},
                      {"c2", "", "exited", "sha256:gone", {"d"}},
                      {"c3", "", "created", "sha256:2", {"a", "b"}}};
  const NamesOfFile names = explained(fourLayers(), store);
  CHECK(names.images == std::vector<HolderShare>{{"sha256:2", {}, "", "", 2, 394},
                                                 {"sha256:1", {"one:1"}, "", "", 1, 197}});
  CHECK(names.containers == std::vector<HolderShare>{{"c3", {}, "created", "sha256:2", 2, 394},
                                                     {"c1", {"web"}, "running", "one:1", 1, 197}});
  CHECK(names.orphan_layers == 1U);
  CHECK_FALSE(explained(fourLayers()).orphan_layers);
}

TEST_CASE("a directory's link count tells its subdirectories, unless it is 1") {
  FileFacts directory{.path = "/d",
                      .kind = "directory",
                      .inode = 2,
                      .links = 5,
                      .size_bytes = 4096,
                      .is_directory = true,
                      .target = {},
                      .allocated_bytes = 8192};
  const FilesystemReport ext4{"ext4", "/dev/sdc", "/data", kLimit, "kernel", std::nullopt};
  CHECK(explainFile(directory, ext4).subdirectories == 3U);
  CHECK_FALSE(explainFile(directory, ext4).headroom_links);
  directory.links = 1;
  CHECK_FALSE(explainFile(directory, ext4).subdirectories);
}

TEST_CASE("headroom is what the limit leaves, and unknown without one") {
  FileFacts file;
  file.links = 64854;
  FilesystemReport filesystem{"ext4", "/dev/sdc", "/data", kLimit, "kernel", std::nullopt};
  CHECK(explainFile(file, filesystem).headroom_links == 146);
  filesystem.link_limit = std::nullopt;
  CHECK_FALSE(explainFile(file, filesystem).headroom_links);
}

}  // namespace
}  // namespace hardlink
