#include "farms/layout.h"

#include "support/catch.h"

namespace hardlink {
namespace {

TEST_CASE("a glob matches whole paths of its own depth, component by component") {
  const PathGlob glob("*/root");
  CHECK(glob.depth() == 2);
  CHECK(glob.matches("abc/root"));
  CHECK_FALSE(glob.matches("abc"));
  CHECK_FALSE(glob.matches("abc/root/etc"));
  CHECK_FALSE(glob.matches("abc/tmproot1"));
  CHECK(PathGlob("daily.[0-3]").matches("daily.2"));
  CHECK_FALSE(PathGlob("daily.[0-3]").matches("daily.4"));
  CHECK(PathGlob("*").matches(".sync"));
  CHECK_FALSE(PathGlob().matches(""));
  CHECK_FALSE(PathGlob("*/root").matches("/root"));
}

TEST_CASE("mayMatchBelow() is true if the rest of a glob can match below the path") {
  const PathGlob glob("hosts/*/daily.?");
  CHECK(glob.mayMatchBelow("hosts"));
  CHECK(glob.mayMatchBelow("hosts/alpha"));
  CHECK_FALSE(glob.mayMatchBelow("hosts/alpha/daily.1"));
  CHECK_FALSE(glob.mayMatchBelow("hosts/alpha/daily.1/etc"));
  CHECK_FALSE(glob.mayMatchBelow("pool"));
  CHECK_FALSE(PathGlob().mayMatchBelow("pool"));
}

TEST_CASE("a path matches if any of several globs does, braces expanded") {
  const PathGlobs globs({"{daily,hourly}.*", "hosts/*/*"});
  CHECK(globs.match("daily.0"));
  CHECK(globs.match("hourly.0"));
  CHECK(globs.match("hosts/alpha/1"));
  CHECK_FALSE(globs.match("weekly.0"));
  CHECK_FALSE(globs.match("daily.0/1"));
  CHECK(globs.mayMatchBelow("hosts"));
  CHECK(globs.mayMatchBelow("hosts/alpha"));
  CHECK_FALSE(globs.mayMatchBelow("daily.0"));
  CHECK(PathGlobs().empty());
  CHECK_FALSE(PathGlobs().match("daily.0"));
}

TEST_CASE("a child directory is Docker's only if all its entries are the driver's") {
  CHECK(classifyChild({"root"}) == ChildKind::docker_layer);
  CHECK(classifyChild({"root", "tmproot525452492"}) == ChildKind::docker_layer);
  CHECK(classifyChild({"tmproot525452492"}) == ChildKind::docker_other);
  CHECK(classifyChild({"lower-id", "merged", "upper", "work"}) == ChildKind::docker_other);
  CHECK(classifyChild({"bin", "etc", "root", "usr"}) == ChildKind::other);
  CHECK(classifyChild({}) == ChildKind::empty);
}

TEST_CASE(
    "a root with one layer among containers is Docker's storage, a backup of systems is not") {
  using enum ChildKind;
  CHECK(looksLikeDockerOverlay({docker_layer, docker_other, docker_other, empty}));
  CHECK(looksLikeDockerOverlay({docker_layer, docker_layer, other}));
  CHECK_FALSE(looksLikeDockerOverlay({docker_other, empty}));
  CHECK_FALSE(looksLikeDockerOverlay({other, other, docker_layer}));
  CHECK_FALSE(looksLikeDockerOverlay({}));
}

TEST_CASE("extra slashes in a glob, doubled, leading or trailing, are ignored") {
  for (const char* glob : {"a//b", "/a/b", "a/b/", "//a///b//"}) {
    CHECK(PathGlob(glob).matches("a/b"));
    CHECK_FALSE(PathGlob(glob).matches("a"));
    CHECK(PathGlob(glob).depth() == 2);
  }
}

TEST_CASE("the holder of layers is the directory before the first wildcard of the glob") {
  CHECK(layerHolder({}).empty());
  CHECK(layerHolder({"*/root"}).empty());
  CHECK(layerHolder({"ostree/deploy/*/deploy/*"}) == "ostree/deploy");
  CHECK(layerHolder({"daily.*"}).empty());
  CHECK(layerHolder({"a/b"}) == "a");
  CHECK(layerHolder({"a/{daily,hourly}.*", "a/x"}) == "a");
  CHECK(layerHolder({"{a,b}/*"}).empty());
  CHECK(layerHolder({"a/*", "a/b/*", "a/*"}).empty());
}

}  // namespace
}  // namespace hardlink
