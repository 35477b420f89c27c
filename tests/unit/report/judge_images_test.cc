
#include "report/judge.h"
#include "support/catch.h"

namespace hardlink {
namespace {

const FilesystemReport kExt4 = {"ext4", "/dev/sdc", "/data", 65000, "kernel", std::nullopt};
const FilesystemReport kNfs = {"nfs4", "server:/x", "/x", std::nullopt, "unknown", std::nullopt};
const std::string kDigits = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

LayerCounts layer(const std::string& name, const std::vector<LinkPressure>& inodes) {
  LayerCounts counts;
  counts.name = name;
  for (const LinkPressure& inode : inodes) {
    counts.max_links = std::max(counts.max_links, inode.links);
    counts.pressure.offer(inode);
  }
  return counts;
}

/// A base of 200 names, two layers that one image adds and one that another adds.
RootCounts fourLayers() {
  RootCounts counts;
  counts.layout = "docker-overlay";
  counts.layers = {layer("base", {{44, 60000, 200}}), layer("one-a", {{44, 60000, 200}}),
                   layer("one-b", {{44, 60000, 250}}), layer("two", {{44, 60000, 200}})};
  counts.tracked = {{44, 60000, true, 850, {{0, 200}, {1, 200}, {2, 250}, {3, 200}}}};
  return counts;
}

StoredImage image(const std::string& id, const std::vector<std::string>& tags,
                  const std::vector<std::string>& layers) {
  return {.id = id, .tags = tags, .digests = {}, .parent = "", .layers = layers};
}

ImageStore twoImages() {
  ImageStore store;
  store.known = true;
  store.images = {image("sha256:1", {"one:1"}, {"base", "one-a", "one-b"}),
                  image("sha256:2", {"two:1"}, {"base", "two"})};
  store.named_layers = {"base", "one-a", "one-b", "two"};
  return store;
}

TEST_CASE("an image has the margin of its top layer, and frees the layers that only it holds") {
  const CensusReport report = judge(fourLayers(), Farm{}, kExt4, {}, twoImages());
  REQUIRE(report.images.size() == 2);
  CHECK(report.images[0] == ImageReport{"one:1", "sha256:1", 20, 3, 2, 450});
  CHECK(report.images[1] == ImageReport{"two:1", "sha256:2", 25, 2, 1, 200});
  CHECK(report.orphan_layers == 0U);
}

TEST_CASE("a layer lists all images that hold it, by their tags or else by their ids") {
  ImageStore store = twoImages();
  store.images[0].tags = {"one:1", "one:latest"};
  store.images.push_back(image("sha256:" + kDigits, {}, {"base"}));
  const CensusReport report = judge(fourLayers(), Farm{}, kExt4, {}, store);
  REQUIRE(report.tightest_layers.size() == 4);
  CHECK(report.tightest_layers[0].name == "one-b");
  CHECK(report.tightest_layers[0].images == std::vector<std::string>{"one:1", "one:latest"});
  CHECK(report.tightest_layers[1].name == "base");
  CHECK(report.tightest_layers[1].images ==
        std::vector<std::string>{"one:1", "one:latest", "sha256:0123456789ab", "two:1"});
  CHECK(report.tightest_layers[1].orphan == false);
}

TEST_CASE("an image is listed under each of its tags, or once under its id") {
  ImageStore store = twoImages();
  store.images[0].tags = {"a:1", "b:1"};
  store.images[1] = image("sha256:" + kDigits, {}, {"base", "two"});
  const CensusReport report = judge(fourLayers(), Farm{}, kExt4, {}, store);
  REQUIRE(report.images.size() == 3);
  CHECK(report.images[0].image == "a:1");
  CHECK(report.images[1].image == "b:1");
  CHECK(report.images[1].id == "sha256:1");
  CHECK(report.images[1].links_freed == 450);
  CHECK(report.images[2].image == "sha256:0123456789ab");
  CHECK(report.images[2].id == "sha256:" + kDigits);
}

TEST_CASE("untagged images whose short ids are equal are named by their full ids") {
  ImageStore store = twoImages();
  const std::string other = kDigits.substr(0, 63) + "0";
  store.images = {image("sha256:" + other, {}, {"base"}), image("sha256:" + kDigits, {}, {"base"})};
  const CensusReport report = judge(fourLayers(), Farm{}, kExt4, {}, store);
  REQUIRE(report.images.size() == 2);
  CHECK(report.images[0].image == "sha256:" + other);
  CHECK(report.images[1].image == "sha256:" + kDigits);
}

TEST_CASE("a layer below a container of another image is not freed with the image") {
  ImageStore store = twoImages();
  StoredContainer container;
  container.id = "c";
  container.layers = {"base", "one-a"};
  SECTION("the container is of another image, which may be gone") {
    container.image = "sha256:gone";
    store.containers = {container};
    const CensusReport report = judge(fourLayers(), Farm{}, kExt4, {}, store);
    CHECK(report.images[0].own_layers == 1);
    CHECK(report.images[0].links_freed == 250);
  }
  SECTION("the container is the image's") {
    container.image = "sha256:1";
    store.containers = {container};
    CHECK(judge(fourLayers(), Farm{}, kExt4, {}, store).images[0].own_layers == 2);
  }
}

TEST_CASE("an image without its top layer, or without layers, has no margin and comes last") {
  ImageStore store = twoImages();
  store.images[0].layers = {"base", "one-a", "missing"};
  store.images.push_back(image("sha256:3", {"scratch:1"}, {}));
  const CensusReport report = judge(fourLayers(), Farm{}, kExt4, {}, store);
  REQUIRE(report.images.size() == 3);
  CHECK(report.images[0].image == "two:1");
  CHECK(report.images[1] == ImageReport{"one:1", "sha256:1", std::nullopt, 3, 2, 200});
  CHECK(report.images[2] == ImageReport{"scratch:1", "sha256:3", std::nullopt, 0, 0, 0});
}

TEST_CASE("without a link limit images are listed without margins") {
  const CensusReport report = judge(fourLayers(), Farm{}, kNfs, {}, twoImages());
  REQUIRE(report.images.size() == 2);
  CHECK_FALSE(report.images[0].extractions_remaining);
  CHECK(report.images[0].own_layers == 2);
  CHECK(report.images[0].links_freed == 0);
}

TEST_CASE("only the tightest images are kept") {
  ReportLimits limits;
  limits.images = 1;
  const CensusReport report = judge(fourLayers(), Farm{}, kExt4, limits, twoImages());
  REQUIRE(report.images.size() == 1);
  CHECK(report.images[0].image == "one:1");
}

TEST_CASE("links freed are known even if no layer is reported") {
  ReportLimits limits;
  limits.layers = 0;
  CHECK(judge(fourLayers(), Farm{}, kExt4, limits, twoImages()).images[0].links_freed == 450);
}

TEST_CASE("a layer that no file of Docker names is an orphan, even one that is being removed") {
  ImageStore store = twoImages();
  store.images.pop_back();
  store.named_layers = {"base", "one-a"};
  store.removing = {"two"};
  const CensusReport report = judge(fourLayers(), Farm{}, kExt4, {}, store);
  CHECK(report.orphan_layers == 2U);
  CHECK(report.tightest_layers[0].orphan == true);
  CHECK(report.tightest_layers[1].orphan == false);
}

TEST_CASE("without Docker's files there are no images and orphans are unknown") {
  RootCounts counts = fourLayers();
  counts.unfinished_layers = {"x/tmproot1"};
  const CensusReport report = judge(counts, Farm{}, kExt4, {});
  CHECK(report.images.empty());
  CHECK_FALSE(report.orphan_layers);
  CHECK_FALSE(report.tightest_layers[0].orphan);
  CHECK(report.tightest_layers[0].images.empty());
  CHECK(report.unfinished_layers == counts.unfinished_layers);
}

}  // namespace
}  // namespace hardlink
