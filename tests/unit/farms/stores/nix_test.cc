#include "farms/stores/kinds.h"
#include "unit/farms/evidence/claims.h"

namespace hardlink {
namespace {

const std::string kLink = "1if1n3dk233p6mqhlwc2wywnrdlx6lssv8plm0qk264fns645llv";
const std::string kPath = "lqi7pdmpgm41gks6vpb7fjbia5hw2bfq-hello-2.12";

TEST_CASE("a store of Nix is recognised by .links and store paths, which are its users") {
  TempDir tree;
  plant(tree.path(),
        {makeDir("nix", {makeDir("store",
                                 {makeDir(".links", {makeFile(kLink)}),
                                  makeDir(kPath, {makeLink("x", "nix/store/.links/" + kLink)}),
                                  makeFile(std::string(32, '0') + "-a.drv"), makeDir("other")})})});
  const auto claim = claimOf(kNix, tree, "nix/store");
  REQUIRE(claim);
  CHECK(claim->users == std::vector<std::string>{"nix/store/" + kPath});
  CHECK_FALSE(claimOf(kNix, tree, "nix"));
}

TEST_CASE("a directory with .links but without hashes or store paths is not Nix's") {
  const std::vector<TreeEntry> others[] = {
      {makeDir(".links", {makeFile("a"), makeFile(std::string(52, 'e'))}), makeDir(kPath)},
      {makeDir(".links", {makeFile(kLink.substr(1))}), makeDir(kPath)},
      {makeDir(".links"), makeDir(kPath)},
      {makeDir(".links", {makeFile(kLink)}), makeDir("share"), makeDir(kPath.substr(1)),
       makeDir(std::string(32, 'a') + "-")},
      {makeDir(kPath)},
  };
  for (const std::vector<TreeEntry>& entries : others) {
    TempDir tree;
    plant(tree.path(), entries);
    CHECK_FALSE(claimOf(kNix, tree));
  }
}

TEST_CASE("at the limit Nix leaves a file as it is") {
  CHECK(kNix.at_limit == AtLimit::stays_apart);
  CHECK(kNix.layout == Layout::store);
}

TEST_CASE("snapshots of a store are snapshots") {
  TempDir tree;
  plant(tree.path(), {makeFile("seed")});
  for (const char* day : {"2024-01-01", "2024-01-02", "2024-01-03"}) {
    plant(tree.path(), {makeDir(day, {makeDir(".links", {makeLink(kLink, "seed")}),
                                      makeDir(kPath, {makeLink("x", "seed")})})});
  }
  const Farm farm = farmOf(tree);
  CHECK(farm.layout == Layout::snapshots);
  CHECK(farm.layers.size() == 3);
}

}  // namespace
}  // namespace hardlink
