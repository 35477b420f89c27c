#include "farms/stores/kinds.h"
#include "unit/farms/evidence/claims.h"

namespace hardlink {
namespace {

const std::string kObject = std::string(61, '0') + "a.file";

TreeEntry repository(const std::string& name, const std::string& config) {
  return makeDir(name, {makeFile("config", config),
                        makeDir("objects", {makeDir("00"), makeDir("9f", {makeFile(kObject)})})});
}

TEST_CASE("an ostree repository is recognised by its config and objects, whatever its name is") {
  for (const char* mode : {"bare", "bare-user", "bare-user-only", "bare-split-xattrs"}) {
    TempDir tree;
    plant(tree.path(), {repository("any", "[core]\nrepo_version=1\nmode=" + std::string(mode))});
    const auto claim = claimOf(kOstree, tree, "any");
    REQUIRE(claim);
    CHECK(claim->evidence.ends_with("mode " + std::string(mode)));
    CHECK_FALSE(claimOf(kOstree, tree));
  }
}

TEST_CASE("a key file of ostree may have other sections, spaces and no mode") {
  TempDir tree;
  plant(tree.path(), {repository("repo",
                                 "[core]\r\n# mode=archive\nrepo_version = 1\n"
                                 "[remote \"origin\"]\nmode=archive-z2\n")});
  CHECK(claimOf(kOstree, tree, "repo")->evidence.ends_with("mode bare"));
}

TEST_CASE("archives, empty repositories and repositories of git are not ostree farms") {
  TempDir tree;
  plant(tree.path(), {repository("archive", "[core]\nrepo_version=1\nmode=archive-z2\n"),
                      repository("git", "[core]\nrepositoryformatversion = 1\nbare = true\n"),
                      repository("elsewhere", "[other]\nrepo_version=1\nmode=bare\n"),
                      makeDir("empty", {makeFile("config", "[core]\nrepo_version=1\nmode=bare\n"),
                                        makeDir("objects", {makeDir("00")})}),
                      makeDir("names", {makeFile("config", "[core]\nrepo_version=1\nmode=bare\n"),
                                        makeDir("objects", {makeDir("00", {makeFile("readme")})})}),
                      makeDir("repo", {makeDir("objects")})});
  for (const char* path : {"archive", "git", "elsewhere", "empty", "names", "repo", ""}) {
    CHECK_FALSE(claimOf(kOstree, tree, path));
  }
}

TEST_CASE("checkouts of ostree that are copies are layers, whatever their names are") {
  CHECK(kOstree.layout == Layout::store);
  CHECK(kOstree.copies_need_no_scheme);
  CHECK(kOstree.removal == nullptr);
}

TEST_CASE("checkouts are layers of a store, and none is removable") {
  for (const char* name : {"blue", "2024-01-0", "checkout."}) {
    TempDir tree;
    plant(tree.path(), {repository("repo", "[core]\nrepo_version=1\nmode=bare\n")});
    for (const char* number : {"1", "2"}) {
      plant(tree.path(), {makeDir(name + std::string(number),
                                  {makeLink("file", "repo/objects/9f/" + kObject)})});
    }
    const Farm farm = farmOf(tree);
    CHECK(farm.tool == Tool::ostree);
    CHECK(farm.layout == Layout::store);
    CHECK(farm.layers ==
          std::vector<std::string>{name + std::string("1"), name + std::string("2")});
  }
}

}  // namespace
}  // namespace hardlink
