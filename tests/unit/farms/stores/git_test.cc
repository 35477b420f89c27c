#include <tuple>
#include "farms/stores/kinds.h"

#include "unit/farms/evidence/claims.h"

namespace hardlink {
namespace {

TreeEntry gitDirectory(const std::string& name, std::vector<TreeEntry> objects) {
  return makeDir(name, {makeFile("HEAD", "ref: refs/heads/main\n"), makeFile("config"),
                        makeDir("refs"), makeDir("objects", std::move(objects))});
}

TEST_CASE("repositories of git are recognised by shared objects or packs") {
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

TEST_CASE("a repository of git without shared objects is no farm") {
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

/// A working tree with objects of its own and shared ones: `seed` itself or a clone of it.
TreeEntry clone(const std::string& name, const std::string& seed) {
  const auto object = [&](const char* path) {
    return seed.empty() ? makeFile("0123") : makeLink("0123", seed + "/.git/objects/" + path);
  };
  return makeDir(name, {gitDirectory(".git", {makeDir("9e", {object("9e/0123")}),
                                              makeDir("9f", {object("9f/0123")}), makeDir("pack")}),
                        makeFile("README")});
}

TEST_CASE("clones of one repository are no snapshots, whatever their names are") {
  for (const auto& [one, two, three] : {std::tuple("1", "2", "3"), std::tuple("a", "b", "c"),
                                        std::tuple("2024-01-01", "2024-01-02", "2024-01-03")}) {
    TempDir tree;
    plant(tree.path(), {clone(one, ""), clone(two, one), clone(three, one)});
    const Farm farm = farmOf(tree);
    CHECK(farm.layout == Layout::none);
    CHECK(farm.tool == Tool::git);
    CHECK(farm.layers.empty());
  }
}

TEST_CASE("a bare repository beside clones of it is no unknown store") {
  TempDir tree;
  plant(tree.path(),
        {clone("a", ""), clone("b", "a"),
         gitDirectory("c.git", {makeDir("9e", {makeLink("0123", "a/.git/objects/9e/0123")}),
                                makeDir("pack")})});
  CHECK(farmOf(tree).tool == Tool::git);
  CHECK(farmOf(tree).samples.empty());
}

TEST_CASE("snapshots of a repository of git are snapshots") {
  TempDir tree;
  plant(tree.path(),
        {gitDirectory("2024-01-01", {makeDir("9f", {makeFile("0123")}), makeDir("pack")})});
  for (const char* day : {"2024-01-02", "2024-01-03"}) {
    plant(tree.path(),
          {makeDir(day,
                   {makeLink("HEAD", "2024-01-01/HEAD"), makeDir("refs"),
                    makeLink("config", "2024-01-01/config"),
                    makeDir("objects",
                            {makeDir("pack"),
                             makeDir("9f", {makeLink("0123", "2024-01-01/objects/9f/0123")})})})});
  }
  const Farm farm = farmOf(tree);
  CHECK(farm.layout == Layout::snapshots);
  CHECK(farm.heads == std::vector<std::string>{"2024-01-03"});
}

}  // namespace
}  // namespace hardlink
