#include "census/census.h"

#include <sys/stat.h>

#include <map>

#include "support/catch.h"
#include "support/temp_tree.h"

namespace hardlink {
namespace {

TEST_CASE("every name of a layer comes with its inode and links, directories before their names") {
  const TempDir dir;
  plant(dir.path(),
        {makeDir("layer", {makeDir("etc", {makeFile("a", "x")}), makeLink("b", "layer/etc/a"),
                           makeSymlink("s", "../etc"), makeFifo("p")}),
         makeLink("outside", "layer/b")});
  std::map<std::string, LayerName> names;
  REQUIRE(listLayer(dir / "layer", [&](const LayerName& name) {
    const std::size_t slash = name.path.rfind('/');
    CHECK((slash == std::string::npos || names.count(name.path.substr(0, slash)) == 1));
    names[name.path] = name;
  }));
  struct stat status {};
  REQUIRE(stat((dir / "outside").c_str(), &status) == 0);
  REQUIRE(names.size() == 5);
  CHECK(names["etc"].kind == NameKind::directory);
  CHECK(names["etc/a"].inode == status.st_ino);
  CHECK(names["etc/a"].links == 3);
  CHECK(names["b"].inode == status.st_ino);
  CHECK(names["s"].kind == NameKind::symlink);
  CHECK(names["s"].target == "../etc");
  CHECK(names["p"].kind == NameKind::other);
}

TEST_CASE("a layer that is not there is an error") {
  const TempDir dir;
  CHECK_FALSE(listLayer(dir / "gone", [](const LayerName&) {}));
  CHECK_FALSE(storageKindOf(dir / "gone"));
}

TEST_CASE("the overlay driver's storage is told from an empty directory and from anything else") {
  const TempDir dir;
  plant(dir.path(),
        {makeDir("empty"), makeDir("fresh", {makeDir("lost+found")}),
         makeDir("overlay", {makeDir("0a1b", {makeDir("root")})}),
         makeDir("data", {makeDir("a", {makeFile("b")})}), makeDir("files", {makeFile("c")})});
  CHECK(*storageKindOf(dir / "empty") == StorageKind::empty);
  CHECK(*storageKindOf(dir / "fresh") == StorageKind::empty);
  CHECK(*storageKindOf(dir / "overlay") == StorageKind::docker_overlay);
  CHECK(*storageKindOf(dir / "data") == StorageKind::other);
  CHECK(*storageKindOf(dir / "files") == StorageKind::other);
}

}  // namespace
}  // namespace hardlink
