#include "farms/evidence/directory.h"

#include "support/catch.h"
#include "support/temp_tree.h"

namespace hardlink {
namespace {

TEST_CASE("a directory is compared with a path in any spelling, without following symlinks") {
  const TempDir top;
  plant(top.path(), {makeDir("a", {makeDir("b")}), makeSymlink("c", "a")});
  const auto root = os::openRoot(top.path());
  REQUIRE(root);
  CHECK(Directory(root->get(), "").isAt(top.path()));
  CHECK(Directory(root->get(), "a/b").isAt(top / "a//./b/"));
  CHECK_FALSE(Directory(root->get(), "a/b").isAt(top / "a"));
  CHECK_FALSE(Directory(root->get(), "a/b").isAt(top / "c/b"));
  CHECK_FALSE(Directory(root->get(), "").isAt(""));
}

TEST_CASE("a configuration is read through symlinks, and only from a regular file") {
  const TempDir top;
  plant(top.path(), {makeFile("file", "text"), makeSymlink("link", "file"), makeFifo("fifo")});
  CHECK(contentsOfFile(top / "link") == "text");
  CHECK_FALSE(contentsOfFile(top / "fifo"));
  CHECK_FALSE(contentsOfFile(top / "absent"));
  CHECK_FALSE(contentsOfFile(top.path()));
}

TEST_CASE("the list of subdirectories is read once and kept") {
  const TempDir top;
  plant(top.path(), {makeDir("b"), makeDir("a"), makeFile("c")});
  const auto root = os::openRoot(top.path());
  REQUIRE(root);
  const Directory directory(root->get(), "");
  using Names = std::vector<std::string>;
  CHECK(directory.subdirectories() == Names{"a", "b"});
  CHECK(directory.subdirectories("", 1).size() == 1);
  plant(top.path(), {makeDir("d", {makeDir("e")})});
  CHECK(directory.subdirectories() == Names{"a", "b"});
  CHECK(directory.subdirectories("d") == Names{"e"});
  CHECK(Directory(root->get(), "").subdirectories() == Names{"a", "b", "d"});
}

}  // namespace
}  // namespace hardlink
