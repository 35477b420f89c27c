#include "unit/farms/claims.h"

namespace hardlink {
namespace {

TreeEntry gitDirectory(const std::string& name, std::vector<TreeEntry> objects) {
  return makeDir(name, {makeFile("HEAD", "ref: refs/heads/main\n"), makeFile("config"),
                        makeDir("refs"), makeDir("objects", std::move(objects))});
}

TEST_CASE("repositories of git that share objects or packs are known by them") {
  TempDir tree;
  plant(
      tree.path(),
      {gitDirectory("a.git", {makeDir("pack", {makeFile("pack-1.idx"), makeFile("pack-1.pack")}),
                              makeDir("9f", {makeFile("0123")})}),
       makeDir("b", {gitDirectory(
                        ".git", {makeDir("pack", {makeLink("pack-1.pack",
                                                           "a.git/objects/pack/pack-1.pack")})})}),
       makeDir("c", {gitDirectory(".git",
                                  {makeDir("info"), makeDir("pack"), makeDir("00"),
                                   makeDir("9f", {makeLink("0123", "a.git/objects/9f/0123")})})})});
  CHECK(claimOf(kGit, tree, "a.git"));
  CHECK(claimOf(kGit, tree, "b/.git"));
  CHECK(claimOf(kGit, tree, "c/.git"));
  CHECK_FALSE(claimOf(kGit, tree, "b"));
  CHECK(kGit.layout == Layout::none);
}

TEST_CASE("a repository of git that shares nothing is nobody's farm") {
  TempDir tree;
  plant(tree.path(),
        {gitDirectory("alone", {makeDir("pack", {makeFile("pack-1.pack")}),
                                makeDir("info", {makeFile("packs"),
                                                 makeLink("again", "alone/objects/info/packs")}),
                                makeDir("9f", {makeFile("0123"), makeDir("x")})}),
         makeDir("other", {makeDir("objects",
                                   {makeDir("pack", {makeFile("a"),
                                                     makeLink("b", "other/objects/pack/a")})})})});
  CHECK_FALSE(claimOf(kGit, tree, "alone"));
  CHECK_FALSE(claimOf(kGit, tree, "other"));
}

}  // namespace
}  // namespace hardlink
