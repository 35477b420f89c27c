#include "docker/discovery.h"

#include "support/catch.h"
#include "support/temp_tree.h"

namespace hardlink {
namespace {

TEST_CASE("the data root of daemon.json is where the overlay directory is looked for") {
  const TempDir dir;
  plant(dir.path(),
        {makeDir("data", {makeDir("overlay"), makeDir("231072.231072", {makeDir("overlay")}),
                          makeDir("1.x", {makeDir("overlay")})}),
         makeFile("daemon.json", "{\"data-root\": \"" + dir / "data" + "\"}")});
  const DockerDiscovery found = discoverDocker(dir / "daemon.json");
  CHECK(found.data_root == dir / "data");
  CHECK(found.overlay_directories ==
        std::vector<std::string>{dir / "data/overlay", dir / "data/231072.231072/overlay"});
}

TEST_CASE("the key that Docker had before 17.05 is understood") {
  const TempDir dir;
  plant(dir.path(), {makeFile("daemon.json", R"({"graph": "/nowhere"})")});
  const DockerDiscovery found = discoverDocker(dir / "daemon.json");
  CHECK(found.data_root == "/nowhere");
  CHECK(found.overlay_directories.empty());
  CHECK(found.explanation.find("/nowhere/overlay") != std::string::npos);
}

TEST_CASE("without a usable daemon.json the default is taken, and the explanation says why") {
  const TempDir dir;
  plant(dir.path(), {makeFile("bad.json", "{\"data-root\": "), makeFile("list.json", "[]"),
                     makeFile("number.json", R"({"data-root": 3})")});
  CHECK(discoverDocker(dir / "missing.json").data_root == "/var/lib/docker");
  CHECK(discoverDocker(dir / "bad.json").explanation.find("not a JSON object") !=
        std::string::npos);
  CHECK(discoverDocker(dir / "list.json").data_root == "/var/lib/docker");
  CHECK(discoverDocker(dir / "number.json").explanation.find("names no other") !=
        std::string::npos);
}

TEST_CASE("storage of other drivers, and containerd's, is found where there is no overlay") {
  const TempDir dir;
  const TreeEntry snapshotter =
      makeDir("io.containerd.snapshotter.v1.overlayfs", {makeDir("snapshots")});
  const TreeEntry unused = makeDir("io.containerd.snapshotter.v1.native");
  plant(dir.path(),
        {makeDir("data", {makeDir("vfs"), makeDir("overlay2"), makeDir("devicemapper"),
                          makeDir("btrfs"), makeDir("zfs"), makeDir("aufs"),
                          makeDir("fuse-overlayfs"), makeDir("5.5", {makeDir("overlay2")}),
                          makeDir("containerd", {makeDir("daemon", {snapshotter, unused})})}),
         makeDir("containerd", {snapshotter}),
         makeFile("daemon.json", "{\"data-root\": \"" + dir / "data" + "\"}")});
  const std::string name = "io.containerd.snapshotter.v1.overlayfs";
  CHECK(discoverDocker(dir / "daemon.json", dir / "containerd").other_storage ==
        std::vector<std::string>{dir / "data/overlay2", dir / "data/5.5/overlay2",
                                 dir / "data/fuse-overlayfs", dir / "data/btrfs", dir / "data/zfs",
                                 dir / "data/vfs", dir / "data/aufs", dir / "data/devicemapper",
                                 dir / "data/containerd/daemon/" + name,
                                 dir / "containerd/" + name});
  plant(dir / "data", {makeDir("overlay")});
  CHECK(discoverDocker(dir / "daemon.json", dir / "containerd").other_storage.empty());
}

TEST_CASE("a path is a data root with another driver only if the image database is beside it") {
  const TempDir dir;
  plant(dir.path(),
        {makeDir("overlay2"), makeDir("btrfs"), makeDir("image", {makeDir("overlay2")})});
  CHECK(otherStorageIn(dir.path()) == std::vector<std::string>{dir / "overlay2"});
  CHECK(otherStorageIn(dir / "overlay2").empty());
  CHECK(otherStorageIn(dir / "missing").empty());
  plant(dir.path(), {makeDir("overlay")});
  plant(dir / "image", {makeDir("overlay")});
  CHECK(otherStorageIn(dir.path()).empty());
}

TEST_CASE("a daemon.json that is there and cannot be read is not said to be missing") {
  const TempDir dir;
  plant(dir.path(), {makeDir("daemon.json")});
  CHECK(discoverDocker(dir / "missing.json").explanation.find("(no " + (dir / "missing.json")) !=
        std::string::npos);
  CHECK(discoverDocker(dir / "daemon.json")
            .explanation.find("(cannot read " + (dir / "daemon.json")) != std::string::npos);
}

TEST_CASE("a data root stands for its overlay directories, that of remapped users too") {
  const TempDir dir;
  const TreeEntry image = makeDir("image", {makeDir("overlay")});
  plant(dir.path(), {makeDir("overlay"), image, makeDir("100.100", {makeDir("overlay"), image}),
                     makeDir("200.200", {makeDir("overlay2"), image})});
  CHECK(dockerOverlaysIn(dir.path()) ==
        std::vector<std::string>{dir / "overlay", dir / "100.100/overlay"});
  CHECK(dockerOverlayOf(dir.path()) == dir / "overlay");
  CHECK(dockerOverlayOf(dir / "100.100") == dir / "100.100/overlay");
}

TEST_CASE("a data root of remapped users only stands for their overlay directory") {
  const TempDir dir;
  plant(dir.path(),
        {makeDir("100.100", {makeDir("overlay"), makeDir("image", {makeDir("overlay")})})});
  CHECK(dockerOverlayOf(dir.path()) == dir / "100.100/overlay");
}

TEST_CASE("any other directory stands for itself, even with one in it that is called overlay") {
  const TempDir dir;
  plant(dir.path(), {makeDir("overlay", {makeDir("daily.0")}), makeFile("image")});
  CHECK(dockerOverlayOf(dir.path()) == dir.path());
  CHECK(dockerOverlayOf(dir / "overlay") == dir / "overlay");
  CHECK(dockerOverlayOf(dir / "missing") == dir / "missing");
  CHECK(dockerOverlaysIn(dir / "image").empty());
}

}  // namespace
}  // namespace hardlink
