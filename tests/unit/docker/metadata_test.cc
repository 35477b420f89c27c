#include "docker/metadata.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "support/catch.h"
#include "support/temp_tree.h"

namespace hardlink {
namespace {

namespace fs = std::filesystem;

std::string hex(char digit) { return std::string(64, digit); }
std::string sha256(const std::string& digits) { return "sha256:" + digits; }

/// The chains of the layers with the diff ids aaa…, bbb… and ccc…, each on the one before:
/// sha256sum of "PARENT DIFF", worked out without this program.
const std::string kBase = hex('a');
const std::string kSecond = "ccd722928bd92476ba1745586fed6e45a102504185ad88cd89e01ff116fd146c";
const std::string kThird = "c1377126441fb2f5ec2c21ae2a60255331d639e830f0ee1b40a36e52d4c40588";

/// A data root with the files that Docker keeps beside overlay/.
class DataRoot {
 public:
  DataRoot() {
    for (const char* directory :
         {"overlay", "containers", "image/overlay/imagedb/content/sha256",
          "image/overlay/imagedb/metadata/sha256", "image/overlay/layerdb/sha256"}) {
      fs::create_directories(dir_ / directory);
    }
    write("image/overlay/repositories.json", R"({"Repositories":{}})");
  }

  [[nodiscard]] std::string overlay() const { return dir_ / "overlay"; }
  [[nodiscard]] std::string path(const std::string& below) const { return dir_ / below; }

  void write(const std::string& below, const std::string& content) const {
    const fs::path path(dir_ / below);
    fs::create_directories(path.parent_path());
    std::ofstream file(path, std::ios::binary);
    file << content;
    REQUIRE(file.flush());
  }

  void addLayer(const std::string& chain, const std::string& cache_id,
                const std::string& parent = "") const {
    write(layer(chain) + "/cache-id", cache_id);
    write(layer(chain) + "/diff", sha256(chain));
    if (!parent.empty()) {
      write(layer(chain) + "/parent", sha256(parent));
    }
  }
  void addImage(char id, const std::vector<char>& diffs) const {
    std::string list;
    for (const char diff : diffs) {
      list += (list.empty() ? "\"" : ",\"") + sha256(hex(diff)) + "\"";
    }
    write(image(id), R"({"architecture":"amd64","history":[{"created_by":"x"}],)"
                     R"("rootfs":{"type":"layers","diff_ids":[)" +
                         list + "]}}");
  }

  static std::string layer(const std::string& chain) {
    return "image/overlay/layerdb/sha256/" + chain;
  }
  static std::string image(char id) { return "image/overlay/imagedb/content/sha256/" + hex(id); }

 private:
  TempDir dir_;
};

/// Two images on one base of two layers, one of them with a third, and a container on it.
void plantUsual(const DataRoot& root) {
  root.addLayer(kBase, "layer1");
  root.addLayer(kSecond, "layer2", kBase);
  root.addLayer(kThird, "layer3", kSecond);
  root.addImage('1', {'a', 'b'});
  root.addImage('2', {'a', 'b', 'c'});
  root.write("image/overlay/repositories.json",
             R"({"Repositories":{"app":{"app:2":")" + sha256(hex('2')) + R"(","app:1":")" +
                 sha256(hex('2')) + R"(","app@)" + sha256(hex('e')) + R"(":")" + sha256(hex('2')) +
                 R"("}}})");
  const std::string mount = "image/overlay/layerdb/mounts/" + hex('f');
  root.write(mount + "/mount-id", "own");
  root.write(mount + "/init-id", "own-init");
  root.write(mount + "/parent", sha256(kThird));
  root.write(
      "containers/" + hex('f') + "/config.v2.json",
      R"({"ID":"x","Name":"/keeper","Image":")" + sha256(hex('2')) +
          R"(","State":{"Running":false,"Paused":false,"StartedAt":"0001-01-01T00:00:00Z"}})");
}

/// The only image with this id's digit.
StoredImage imageOf(const ImageStore& store, char id) {
  for (const StoredImage& image : store.images) {
    if (image.id == sha256(hex(id))) {
      return image;
    }
  }
  return {};
}

bool isSaid(const ImageStore& store, const std::string& what) {
  return std::any_of(store.problems.begin(), store.problems.end(), [&](const std::string& problem) {
    return problem.find(what) != std::string::npos;
  });
}

TEST_CASE("an image holds the layers of its chain, by the names of their directories") {
  const DataRoot root;
  plantUsual(root);
  const ImageStore store = readDockerMetadata(root.overlay());
  CHECK(store.known);
  CHECK(store.problems == std::vector<std::string>{});
  REQUIRE(store.images.size() == 2);
  CHECK(store.images[0].id == sha256(hex('1')));
  CHECK(store.images[0].layers == std::vector<std::string>{"layer1", "layer2"});
  CHECK(store.images[1].layers == std::vector<std::string>{"layer1", "layer2", "layer3"});
}

TEST_CASE("tags and digests go to the image they name, in order, and an untagged one has none") {
  const DataRoot root;
  plantUsual(root);
  const ImageStore store = readDockerMetadata(root.overlay());
  CHECK(imageOf(store, '2').tags == std::vector<std::string>{"app:1", "app:2"});
  CHECK(imageOf(store, '2').digests == std::vector<std::string>{"app@" + sha256(hex('e'))});
  CHECK(imageOf(store, '1').tags.empty());
}

TEST_CASE("a container stands on its image's layers and has directories of its own") {
  const DataRoot root;
  plantUsual(root);
  const ImageStore store = readDockerMetadata(root.overlay());
  CHECK(store.containers ==
        std::vector<StoredContainer>{
            {hex('f'), "keeper", "created", sha256(hex('2')), {"layer1", "layer2", "layer3"}}});
  CHECK(store.named_layers ==
        std::vector<std::string>{"layer1", "layer2", "layer3", "own", "own-init"});
}

TEST_CASE("a container's state is what docker ps would call it") {
  const auto state = [](const std::string& recorded) {
    const DataRoot root;
    root.write("containers/" + hex('f') + "/config.v2.json", "{\"State\":" + recorded + "}");
    return readDockerMetadata(root.overlay()).containers.at(0).state;
  };
  CHECK(state(R"({"Running":true,"StartedAt":"2026-01-01T00:00:00Z"})") == "running");
  CHECK(state(R"({"Running":true,"Paused":true})") == "paused");
  CHECK(state(R"({"Running":true,"Restarting":true})") == "restarting");
  CHECK(state(R"({"Running":false,"Dead":true})") == "dead");
  CHECK(state(R"({"Running":false,"RemovalInProgress":true})") == "removing");
  CHECK(state(R"({"Running":false,"StartedAt":"2026-01-01T00:00:00Z"})") == "exited");
  CHECK(state("3").empty());
}

TEST_CASE("a build's step without a configuration holds its layers too") {
  const DataRoot root;
  plantUsual(root);
  fs::remove_all(root.path("containers/" + hex('f')));
  const ImageStore store = readDockerMetadata(root.overlay());
  CHECK(store.problems.empty());
  REQUIRE(store.containers.size() == 1);
  CHECK(store.containers[0].layers.size() == 3);
}

TEST_CASE("a container whose mount is lost still holds its image's layers") {
  const DataRoot root;
  plantUsual(root);
  fs::remove_all(root.path("image/overlay/layerdb/mounts"));
  const ImageStore store = readDockerMetadata(root.overlay());
  REQUIRE(store.containers.size() == 1);
  CHECK(store.containers[0].layers == std::vector<std::string>{"layer1", "layer2", "layer3"});
}

TEST_CASE("the image that a classic build began from is its parent") {
  const DataRoot root;
  plantUsual(root);
  root.write("image/overlay/imagedb/metadata/sha256/" + hex('2') + "/parent", sha256(hex('1')));
  CHECK(imageOf(readDockerMetadata(root.overlay()), '2').parent == sha256(hex('1')));
}

TEST_CASE("a layer that is half-removed is named as such and as nothing else") {
  const DataRoot root;
  plantUsual(root);
  root.write(DataRoot::layer(hex('9') + "-abc123-removing") + "/cache-id", "going");
  const ImageStore store = readDockerMetadata(root.overlay());
  CHECK(store.removing == std::vector<std::string>{"going"});
  CHECK_FALSE(std::binary_search(store.named_layers.begin(), store.named_layers.end(), "going"));
  CHECK(store.problems.empty());
}

TEST_CASE("layers that nobody holds are kept, with those they stand on") {
  const DataRoot root;
  plantUsual(root);
  REQUIRE(readDockerMetadata(root.overlay()).kept_layers.empty());
  root.write(DataRoot::layer(hex('8')) + "/cache-id", "left");
  root.write(DataRoot::layer(hex('8')) + "/parent", sha256(kSecond));
  const ImageStore store = readDockerMetadata(root.overlay());
  CHECK(store.kept_layers == std::vector<std::string>{"layer1", "layer2", "left"});
  CHECK(store.problems.empty());
}

TEST_CASE("a directory that is no storage of Docker's is unknown, and that is no problem") {
  const TempDir dir;
  plant(dir.path(), {makeDir("overlay", {makeDir("layer1", {makeDir("root")})})});
  CHECK(readDockerMetadata(dir / "overlay") == ImageStore{});
  CHECK(readDockerMetadata(dir / "missing") == ImageStore{});
  CHECK(readDockerMetadata("") == ImageStore{});
}

TEST_CASE("a fresh data root has no images, and nothing is wrong with it") {
  const DataRoot root;
  const ImageStore store = readDockerMetadata(root.overlay());
  CHECK(store.known);
  CHECK(store.images.empty());
  CHECK(store.problems.empty());
}

TEST_CASE("the data root is found from a symlink to its overlay directory, and through one") {
  const DataRoot root;
  plantUsual(root);
  const TempDir elsewhere;
  plant(elsewhere.path(), {makeSymlink("storage", root.overlay())});
  CHECK(readDockerMetadata(elsewhere / "storage").images.size() == 2);
  CHECK(readDockerMetadata(root.overlay() + "/").images.size() == 2);

  fs::rename(root.overlay(), elsewhere / "moved");
  fs::create_symlink(elsewhere / "moved", root.overlay());
  CHECK(readDockerMetadata(root.overlay()).images.size() == 2);
}

TEST_CASE("a layer whose cache-id cannot be used goes by its chain id, the others by their names") {
  const DataRoot root;
  plantUsual(root);
  const std::string cache_id = root.path(DataRoot::layer(kSecond) + "/cache-id");
  SECTION("missing") { fs::remove(cache_id); }
  SECTION("empty") { root.write(DataRoot::layer(kSecond) + "/cache-id", ""); }
  SECTION("a directory") {
    fs::remove(cache_id);
    fs::create_directory(cache_id);
  }
  SECTION("a symlink") {
    fs::remove(cache_id);
    fs::create_symlink(root.path(DataRoot::layer(kBase) + "/cache-id"), cache_id);
  }
  SECTION("a path") { root.write(DataRoot::layer(kSecond) + "/cache-id", "../layer1"); }
  SECTION("the parent directory") { root.write(DataRoot::layer(kSecond) + "/cache-id", ".."); }
  SECTION("a megabyte of garbage") {
    root.write(DataRoot::layer(kSecond) + "/cache-id", std::string(1U << 20U, '\x8f'));
  }
  SECTION("a FIFO that nobody writes to") {
    fs::remove(cache_id);
    plant(root.path(DataRoot::layer(kSecond)), {makeFifo("cache-id")});
  }
  const ImageStore store = readDockerMetadata(root.overlay());
  CHECK(store.problems.size() == 1);
  CHECK(isSaid(store, "1 layer without a usable cache-id: "));
  CHECK(imageOf(store, '2').layers ==
        std::vector<std::string>{"layer1", sha256(kSecond), "layer3"});
  CHECK(store.containers[0].layers == imageOf(store, '2').layers);
  CHECK(store.named_layers == std::vector<std::string>{"layer1", "layer3", "own", "own-init"});
}

TEST_CASE("many problems of one kind are one line with their number and the first") {
  const DataRoot root;
  plantUsual(root);
  for (const std::string& chain : {kBase, kSecond, kThird}) {
    fs::remove(root.path(DataRoot::layer(chain) + "/cache-id"));
  }
  const ImageStore store = readDockerMetadata(root.overlay());
  REQUIRE(store.problems.size() == 1);
  CHECK(isSaid(store, "3 layers without a usable cache-id, first: "));
}

TEST_CASE("an image whose configuration cannot be used is left out, the others stay") {
  const DataRoot root;
  plantUsual(root);
  const std::string file = root.path(DataRoot::image('2'));
  SECTION("cut off") { fs::resize_file(file, 60); }
  SECTION("empty") { fs::resize_file(file, 0); }
  SECTION("a megabyte of garbage") {
    root.write(DataRoot::image('2'), std::string(1U << 20U, '\x8f'));
  }
  SECTION("nested a million deep") {
    root.write(DataRoot::image('2'), "{\"rootfs\":" + std::string(1'000'000, '['));
  }
  SECTION("nested a million deep and closed") {
    root.write(DataRoot::image('2'),
               "{\"rootfs\":" + std::string(1'000'000, '[') + std::string(1'000'000, ']') + "}");
  }
  SECTION("larger than any") {
    fs::resize_file(file, 1U << 30U);  // sparse
  }
  SECTION("a directory") {
    fs::remove(file);
    fs::create_directory(file);
  }
  SECTION("a symlink") {
    fs::remove(file);
    fs::create_symlink(root.path(DataRoot::image('1')), file);
  }
  SECTION("no object") { root.write(DataRoot::image('2'), "[1, 2]"); }
  SECTION("no rootfs") { root.write(DataRoot::image('2'), R"({"rootfs": 3})"); }
  SECTION("diff ids that are no list") {
    root.write(DataRoot::image('2'), R"({"rootfs":{"diff_ids":{"a":"b"}}})");
  }
  SECTION("a diff id that is a path") {
    root.write(DataRoot::image('2'), R"({"rootfs":{"diff_ids":["sha256:../../../etc/passwd"]}})");
  }
  const ImageStore store = readDockerMetadata(root.overlay());
  CHECK(store.problems.size() == 1);
  CHECK(isSaid(store, "1 image without a usable configuration: "));
  REQUIRE(store.images.size() == 1);
  CHECK(store.images[0].layers == std::vector<std::string>{"layer1", "layer2"});
  CHECK(store.named_layers.size() == 5);
}

TEST_CASE("what an image's configuration nests beside its layers does not matter") {
  const DataRoot root;
  plantUsual(root);
  root.write(DataRoot::image('1'), "{\"config\":" + std::string(100'000, '[') +
                                       std::string(100'000, ']') + R"(,"rootfs":{"diff_ids":[")" +
                                       sha256(hex('a')) + "\"]}}");
  const ImageStore store = readDockerMetadata(root.overlay());
  CHECK(store.problems.empty());
  CHECK(imageOf(store, '1').layers == std::vector<std::string>{"layer1"});
}

TEST_CASE("without usable names the images stay, untagged") {
  const DataRoot root;
  plantUsual(root);
  const std::string file = root.path("image/overlay/repositories.json");
  SECTION("missing") { fs::remove(file); }
  SECTION("cut off") { fs::resize_file(file, 40); }
  SECTION("a directory") {
    fs::remove(file);
    fs::create_directory(file);
  }
  SECTION("a megabyte of garbage") {
    root.write("image/overlay/repositories.json", std::string(1U << 20U, '{'));
  }
  SECTION("another object") { root.write("image/overlay/repositories.json", "{}"); }
  SECTION("null") { root.write("image/overlay/repositories.json", R"({"Repositories":null})"); }
  const ImageStore store = readDockerMetadata(root.overlay());
  CHECK(store.problems.size() == 1);
  CHECK(isSaid(store, "images without names: "));
  REQUIRE(store.images.size() == 2);
  CHECK(store.images[1].tags.empty());
  CHECK(store.images[1].layers.size() == 3);
}

TEST_CASE("references that make no sense are told, and the rest of the names is used") {
  const DataRoot root;
  plantUsual(root);
  root.write("image/overlay/repositories.json",
             R"({"Repositories":{"bad":3,"odd":{"odd:1":[]},"gone":{"gone:1":")" +
                 sha256(hex('7')) + R"("},"app":{"app:1":")" + sha256(hex('2')) + R"("}}})");
  const ImageStore store = readDockerMetadata(root.overlay());
  CHECK(store.problems == std::vector<std::string>{"1 repository without references: bad",
                                                   "1 reference to no image id: odd:1",
                                                   "1 name of an image that is not there: gone:1"});
  CHECK(imageOf(store, '2').tags == std::vector<std::string>{"app:1"});
}

TEST_CASE("an image keeps the layers that Docker has lost, by their chain ids") {
  const DataRoot root;
  plantUsual(root);
  fs::remove_all(root.path(DataRoot::layer(kThird)));
  const ImageStore store = readDockerMetadata(root.overlay());
  CHECK(imageOf(store, '2').layers == std::vector<std::string>{"layer1", "layer2", sha256(kThird)});
  CHECK(isSaid(store, "1 image with a layer that Docker does not have: " + sha256(hex('2'))));
  CHECK(isSaid(store, "1 layer missing below a container: "));
  CHECK(imageOf(store, '1').layers.size() == 2);
}

TEST_CASE("parents that go in a circle come to an end") {
  const DataRoot root;
  plantUsual(root);
  root.write(DataRoot::layer(kBase) + "/parent", sha256(kThird));
  const ImageStore store = readDockerMetadata(root.overlay());
  CHECK(store.containers[0].layers == std::vector<std::string>{"layer1", "layer2", "layer3"});
  CHECK(isSaid(store, "1 chain of layers that goes in a circle: "));
  CHECK(imageOf(store, '2').layers.size() == 3);
}

TEST_CASE("a file where a layer's directory should be is one problem") {
  const DataRoot root;
  plantUsual(root);
  fs::remove_all(root.path(DataRoot::layer(kThird)));
  root.write(DataRoot::layer(kThird), "garbage");
  const ImageStore store = readDockerMetadata(root.overlay());
  CHECK(isSaid(store, "1 layer without a usable cache-id: "));
  CHECK(imageOf(store, '2').layers.back() == sha256(kThird));
}

TEST_CASE("a file where a database's directory should be leaves the rest usable") {
  const DataRoot root;
  plantUsual(root);
  fs::remove_all(root.path("containers"));
  root.write("containers", "garbage");
  ImageStore store = readDockerMetadata(root.overlay());
  CHECK(isSaid(store, "1 unreadable directory: "));
  CHECK(store.images.size() == 2);
  CHECK(store.containers.size() == 1);

  fs::remove_all(root.path("image/overlay/layerdb"));
  root.write("image/overlay/layerdb", "garbage");
  store = readDockerMetadata(root.overlay());
  CHECK(store.known);
  CHECK(isSaid(store, "2 images with layers that Docker does not have, first: "));
  CHECK(imageOf(store, '2').layers.size() == 3);
}

TEST_CASE("Docker's own temporary files and strangers' are passed over") {
  const DataRoot root;
  plantUsual(root);
  root.write(DataRoot::image('2') + ".tmp", "half");
  root.write("image/overlay/imagedb/content/sha256/.tmp-" + hex('3') + "123", "half");
  root.write("image/overlay/layerdb/sha256/notes/cache-id", "x");
  root.write("image/overlay/layerdb/mounts/.tmp-x", "half");
  root.write("containers/README", "x");
  CHECK(readDockerMetadata(root.overlay()).problems.empty());
  CHECK(readDockerMetadata(root.overlay()).images.size() == 2);
}

TEST_CASE("a problem is one line that a terminal can show, whatever is in a file") {
  const DataRoot root;
  plantUsual(root);
  root.write("image/overlay/repositories.json", R"({"Repositories":{"a\nb\u001b[2J":3}})");
  const ImageStore store = readDockerMetadata(root.overlay());
  REQUIRE(store.problems.size() == 1);
  CHECK(store.problems[0] == "1 repository without references: a\\nb\\x1b[2J");
}

TEST_CASE("the fingerprint stays while nothing changes, and changes with every kind of change") {
  const DataRoot root;
  plantUsual(root);
  const DockerFingerprint before = dockerFingerprint(root.overlay());
  CHECK(dockerFingerprint(root.overlay()) == before);
  SECTION("a tag, by a new file in the old one's place") {
    root.write("image/overlay/.tmp-repositories.json", R"({"Repositories":{}})");
    fs::rename(root.path("image/overlay/.tmp-repositories.json"),
               root.path("image/overlay/repositories.json"));
  }
  SECTION("a layer") { root.addLayer(hex('8'), "layer8"); }
  SECTION("an image") { root.addImage('8', {'a'}); }
  SECTION("a container") { root.write("containers/" + hex('8') + "/config.v2.json", "{}"); }
  SECTION("a mount") { root.write("image/overlay/layerdb/mounts/m/mount-id", "m"); }
  SECTION("everything is gone") { fs::remove_all(root.path("image")); }
  CHECK(dockerFingerprint(root.overlay()) != before);
}

}  // namespace
}  // namespace hardlink
