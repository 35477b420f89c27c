#include "census/count/hot_inodes.h"

#include <sys/stat.h>
#include <unistd.h>

#include "support/catch.h"
#include "support/temp_tree.h"

namespace hardlink {
namespace {

TEST_CASE("links that were added since the census are seen") {
  const TempDir dir;
  plant(dir.path(), {makeFile("f")});
  HotInode hot;
  hot.inode = inodeOf(dir / "f");
  hot.paths = {"f"};
  plant(dir.path(), {makeLinks("g", 5, "f")});
  const auto reread = rereadLinks(dir.path(), {hot});
  REQUIRE(reread);
  REQUIRE(reread->size() == 1);
  CHECK((*reread)[0].links == 6);
}

TEST_CASE("if the first name is gone or now leads to another file, the next name is used") {
  const TempDir dir;
  plant(dir.path(), {makeDir("a", {makeFile("f")}), makeDir("b", {makeLink("g", "a/f")})});
  HotInode hot;
  hot.inode = inodeOf(dir / "a/f");
  hot.paths = {"a/f", "b/g"};
  SECTION("gone") { unlink((dir / "a/f").c_str()); }
  SECTION("another's") {
    plant(dir.path(), {makeFile("other")});
    REQUIRE(rename((dir / "other").c_str(), (dir / "a/f").c_str()) == 0);
  }
  const auto reread = rereadLinks(dir.path(), {hot});
  REQUIRE(reread);
  REQUIRE(reread->size() == 1);
  CHECK((*reread)[0].links == 1);
}

TEST_CASE("an inode that has lost all of its names is left out") {
  const TempDir dir;
  HotInode hot;
  hot.inode = 12345;
  hot.paths = {"gone", "also/gone"};
  const auto reread = rereadLinks(dir.path(), {hot});
  REQUIRE(reread);
  CHECK(reread->empty());
}

TEST_CASE("a root that is gone is an error") { CHECK_FALSE(rereadLinks("/nonexistent/root", {})); }

}  // namespace
}  // namespace hardlink
