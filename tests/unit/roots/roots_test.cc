#include "roots/roots.h"

#include <filesystem>

#include <string>
#include <vector>

#include "support/catch.h"
#include "support/temp_tree.h"

namespace hardlink {
namespace {

TEST_CASE("a path that does not exist or is no directory is refused with its reason") {
  const TempDir dir;
  plant(dir.path(), {makeDir("d"), makeFile("f"), makeSymlink("to-d", "d"),
                     makeSymlink("to-nothing", "nothing"), makeSymlink("loop", "loop")});
  CHECK_FALSE(whyNoRoot({}));
  CHECK_FALSE(whyNoRoot({dir / "d", dir / "d/", dir / "to-d", dir / "d/../d"}));
  CHECK(whyNoRoot({dir / "d", dir / "missing"}) == dir / "missing: No such file or directory");
  CHECK(whyNoRoot({dir / "f", dir / "missing"}) == dir / "f: Not a directory");
  CHECK(whyNoRoot({dir / "f/below"}) == dir / "f/below: Not a directory");
  CHECK(whyNoRoot({dir / "to-nothing"}) == dir / "to-nothing: No such file or directory");
  CHECK(whyNoRoot({dir / "loop"}) == dir / "loop: Too many levels of symbolic links");
  CHECK(whyNoRoot({dir / std::string(300, 'x')}).value().find("File name too long") !=
        std::string::npos);
  CHECK(whyNoRoot({"help"}).value().ends_with(
      "/help: No such file or directory; did you mean --help?"));
}

/// The working directory, until the end of the test.
class WorkingDirectory {
 public:
  explicit WorkingDirectory(const std::string& path) : before_(std::filesystem::current_path()) {
    std::filesystem::current_path(path);
  }
  ~WorkingDirectory() { std::filesystem::current_path(before_); }
  WorkingDirectory(const WorkingDirectory&) = delete;
  WorkingDirectory& operator=(const WorkingDirectory&) = delete;

 private:
  std::filesystem::path before_;
};

TEST_CASE("a mistyped command as first word gets a suggestion") {
  const TempDir dir;
  plant(dir.path(), {makeDir("d"), makeDir("plna"), makeFile("sacn")});
  const WorkingDirectory here(dir.path());
  const auto why_no_root = [](const std::vector<std::string>& words) {
    return whyNoRoot(words, {"scan", "explain", "plan", "check", "preflight", "help", "version"});
  };
  CHECK_FALSE(why_no_root({"d", "plna"}));
  CHECK_FALSE(why_no_root({"plna"}));
  CHECK(why_no_root({"scna"}) == "'scna' is neither a command nor a directory; did you mean scan?");
  CHECK(why_no_root({"hlep", "d"}) ==
        "'hlep' is neither a command nor a directory; did you mean help?");
  CHECK(
      why_no_root({"status"}) ==
      "'status' is neither a command nor a directory; the commands are scan, explain, plan, check, "
      "preflight, help, version");
  CHECK(why_no_root({"a\nb"}).value().starts_with("'a\\nb' is neither"));
  CHECK(why_no_root({"sacn"}) == dir / "sacn: Not a directory");
  CHECK(why_no_root({"./scna"}) == dir / "scna: No such file or directory");
  CHECK(why_no_root({"d", "scna"}) == dir / "scna: No such file or directory");
  CHECK(why_no_root({"d", "scan"}) ==
        dir / "scan: No such file or directory; a command comes before the paths");
}

TEST_CASE("a directory that is given several times in several forms is one root") {
  const TempDir dir;
  plant(dir.path(), {makeDir("d", {makeDir("below")})});
  const WorkingDirectory here(dir.path());
  const auto roots = rootsFromPaths({"d", "./d/", "d//", dir / "d", "d/below/..", "d/below"});
  REQUIRE(roots.size() == 2);
  CHECK(roots[0].path == dir / "d");
  CHECK(roots[1].path == dir / "d/below");
}

TEST_CASE("a data root of Docker's with another driver has no layers to count") {
  const TempDir dir;
  const TreeEntry image = makeDir("image", {makeDir("overlay"), makeDir("overlay2")});
  plant(dir.path(), {makeDir("two", {makeDir("overlay2"), image}),
                     makeDir("old", {makeDir("overlay"), makeDir("overlay2"), image}),
                     makeDir("none", {makeDir("overlay2")})});
  CHECK_FALSE(whyNoLayers({dir / "old", dir / "none", dir / "missing"}));
  const auto why = whyNoLayers({dir / "old", dir / "two"});
  REQUIRE(why);
  CHECK(why->starts_with(dir / "two is a data root of Docker's without the overlay driver"));
  CHECK(why->find(dir / "two/overlay2, which makes no hard links between layers") !=
        std::string::npos);
}

TEST_CASE("with nothing to watch the message names what was found and what can be watched") {
  const TempDir dir;
  plant(dir.path(), {makeDir("data", {makeDir("overlay2"), makeDir("aufs")}),
                     makeFile("daemon.json", "{\"data-root\": \"" + dir / "data" + "\"}")});
  const DockerDiscovery discovery = discoverDocker(dir / "daemon.json", dir / "containerd");
  const std::string text = nothingToWatch(discovery);
  CAPTURE(text);
  CHECK(text.starts_with("nothing to watch: "));
  CHECK(text.find("looked for " + (dir / "data/overlay")) != std::string::npos);
  CHECK(text.find("there is " + (dir / "data/overlay2") + ", " + (dir / "data/aufs") +
                  ", which makes no hard links between layers") != std::string::npos);
  CHECK(text.ends_with("can be watched: hardlink_exporter /path"));
  CHECK(text.find('\n') == std::string::npos);
}

}  // namespace
}  // namespace hardlink
