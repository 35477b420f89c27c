#include "farms/evidence/copies.h"

#include "base/os/os.h"
#include "farms/search.h"
#include "support/catch.h"
#include "support/temp_tree.h"

namespace hardlink {
namespace {

bool areCopies(const TempDir& dir, const std::string& one, const std::string& other) {
  const auto root = os::openRoot(dir.path());
  REQUIRE(root);
  return Copies(root->get(), {}).areCopies(one, other);
}

bool holdsSnapshots(const TempDir& dir, const std::string& directory) {
  const auto root = os::openRoot(dir.path());
  REQUIRE(root);
  return holdsSeries(root->get(), directory);
}

/// A snapshot of two files, `etc/a` and `b`, which `seed` holds.
TreeEntry copyOf(const std::string& name, const std::string& seed) {
  return makeDir(name,
                 {makeDir("etc", {makeLink("a", seed + "/etc/a")}), makeLink("b", seed + "/b")});
}

TreeEntry seed() { return makeDir("seed", {makeDir("etc", {makeFile("a")}), makeFile("b")}); }

TEST_CASE("directories with the same inodes at the same paths are copies") {
  const TempDir dir;
  plant(dir.path(),
        {seed(), copyOf("1", "seed"), copyOf("2", "seed"),
         makeDir("grown", {copyOf("more", "seed"), makeDir("etc", {makeLink("a", "1/etc/a")}),
                           makeLink("b", "1/b")})});
  CHECK(areCopies(dir, "1", "2"));
  CHECK(areCopies(dir, "grown", "1"));
  CHECK(areCopies(dir, "1", "grown"));
}

TEST_CASE("directories that share just half of the sample are no copies") {
  const TempDir dir;
  plant(dir.path(),
        {seed(), makeDir("half", {makeLink("b", "seed/b"), makeLink("c", "seed/etc/a")}),
         makeDir("third", {makeLink("b", "seed/b"), makeLink("c", "seed/etc/a"),
                           makeDir("etc", {makeLink("a", "seed/etc/a")})})});
  CHECK_FALSE(areCopies(dir, "half", "seed"));
  CHECK(areCopies(dir, "third", "seed"));
}

TEST_CASE("a store is no copy of its user, whose files are at other paths") {
  const TempDir dir;
  plant(dir.path(), {makeDir("store", {makeFile("0123"), makeFile("4567")}),
                     makeDir("user", {makeLink("x", "store/0123"), makeLink("y", "store/4567")}),
                     makeDir("lonely", {makeFile("own")}), makeDir("empty")});
  CHECK_FALSE(areCopies(dir, "store", "user"));
  CHECK_FALSE(areCopies(dir, "lonely", "user"));
  CHECK_FALSE(areCopies(dir, "empty", "empty"));
  CHECK_FALSE(areCopies(dir, "gone", "user"));
}

TEST_CASE("symlinks inside a path are not followed") {
  const TempDir dir;
  plant(dir.path(), {seed(), copyOf("1", "seed"),
                     makeDir("2", {makeSymlink("etc", "../1/etc"), makeLink("c", "seed/b")})});
  CHECK_FALSE(areCopies(dir, "1", "2"));
}

TEST_CASE("holdsSeries() is true for a directory of snapshots, and false for a snapshot") {
  const TempDir dir;
  plant(dir.path(),
        {seed(), makeDir("alpha", {copyOf("2024-01-01", "seed"), copyOf("2024-01-02", "seed")}),
         makeDir("site", {makeDir("beta", {copyOf("daily.0", "seed"), copyOf("daily.1", "seed")})}),
         makeDir("photos",
                 {makeDir("2024-01-01", {makeFile("a")}), makeDir("2024-01-02", {makeFile("a")})}),
         makeDir("projects", {copyOf("one", "seed"), copyOf("other", "seed")})});
  CHECK(holdsSnapshots(dir, "alpha"));
  CHECK(holdsSnapshots(dir, "site"));
  CHECK_FALSE(holdsSnapshots(dir, "alpha/2024-01-01"));
  CHECK_FALSE(holdsSnapshots(dir, "photos"));
  CHECK_FALSE(holdsSnapshots(dir, "projects"));
  CHECK_FALSE(holdsSnapshots(dir, "gone"));
}

}  // namespace
}  // namespace hardlink
