#include "layers/docker_discovery.h"

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

}  // namespace
}  // namespace hardlink
