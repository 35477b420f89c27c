#include "census/census.h"

#include <filesystem>

#include "support/catch.h"
#include "support/temp_tree.h"

namespace hardlink {
namespace {

FoundRoot rootOf(const std::string& file) {
  const auto found = findRoot(file);
  INFO((found ? "" : found.error().message()));
  REQUIRE(found);
  return *found;
}

/// The directory without the symlinks that may lead to it.
std::string canonical(const TempDir& dir) {
  return std::filesystem::canonical(dir.path()).string();
}

TEST_CASE("a file in Docker's overlay storage belongs there, layer, container or unfinished") {
  const TempDir dir;
  plant(dir.path(),
        {makeDir(
            "overlay",
            {makeDir("aaa", {makeDir("root", {makeDir("etc", {makeFile("f")})})}),
             makeDir("bbb", {makeDir("root", {makeLink("g", "overlay/aaa/root/etc/f")})}),
             makeDir("ccc", {makeDir("tmproot1", {makeLink("h", "overlay/aaa/root/etc/f")})}),
             makeDir("ddd", {makeDir("upper", {makeLink("i", "overlay/aaa/root/etc/f")}),
                             makeDir("work"), makeDir("merged"), makeFile("lower-id", "bbb")})})});
  const std::string overlay = canonical(dir) + "/overlay";
  for (const char* file : {"aaa/root/etc/f", "bbb/root/g", "ccc/tmproot1/h", "ddd/upper/i"}) {
    CAPTURE(file);
    const FoundRoot root = rootOf(overlay + "/" + file);
    CHECK(root.path == overlay);
    CHECK(root.layout == Layout::docker_overlay);
  }
}

TEST_CASE("snapshots are where the file has the same path below another child") {
  const TempDir dir;
  plant(
      dir.path(),
      {makeDir("backup", {makeDir("daily.0", {makeDir("etc", {makeFile("f"), makeFile("new")})}),
                          makeDir("daily.1", {makeDir("etc", {makeLink("f", "backup/daily.0/etc/f"),
                                                              makeFile("new")})})})});
  const FoundRoot root = rootOf(canonical(dir) + "/backup/daily.0/etc/f");
  CHECK(root.path == canonical(dir) + "/backup");
  CHECK(root.layout == Layout::snapshots);
  CHECK(rootOf(canonical(dir) + "/backup/daily.0/etc/new").layout == Layout::none);
}

TEST_CASE("names that look alike within one snapshot do not make it a root") {
  const TempDir dir;
  const std::string sum = "backup/daily.0/yumdb/a/sum";
  plant(
      dir.path(),
      {makeDir("backup",
               {makeDir("daily.0", {makeDir("yumdb", {makeDir("a", {makeFile("sum")}),
                                                      makeDir("b", {makeLink("sum", sum)})})}),
                makeDir("daily.1", {makeDir("yumdb", {makeDir("a", {makeLink("sum", sum)})})})})});
  CHECK(rootOf(canonical(dir) + "/" + sum).path == canonical(dir) + "/backup");
}

TEST_CASE("homes that share a file at one place are no snapshots") {
  const TempDir dir;
  plant(dir.path(), {makeDir("home", {makeDir("alice", {makeFile("big.iso"), makeFile("own")}),
                                      makeDir("bob", {makeLink("big.iso", "home/alice/big.iso")}),
                                      makeDir("carol", {makeFile("x")})})});
  CHECK(rootOf(canonical(dir) + "/home/alice/big.iso").layout == Layout::none);
}

TEST_CASE("a symbolic link to a directory is no other snapshot") {
  const TempDir dir;
  plant(
      dir.path(),
      {makeDir("backup", {makeDir("daily.0", {makeFile("f")}), makeSymlink("latest", "daily.0")})});
  CHECK(rootOf(canonical(dir) + "/backup/daily.0/f").layout == Layout::none);
}

TEST_CASE("a file that is not there has no root") {
  const TempDir dir;
  CHECK_FALSE(findRoot(canonical(dir) + "/missing"));
}

}  // namespace
}  // namespace hardlink
