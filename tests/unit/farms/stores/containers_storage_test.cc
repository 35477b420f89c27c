#include "farms/stores/kinds.h"
#include "unit/farms/evidence/claims.h"

namespace hardlink {
namespace {

const std::string kLayerId(64, '7');

TreeEntry overlayLayer(const std::string& id) {
  return makeDir(id, {makeDir("diff"), makeFile("link", "RAHM7HZOQSPM4SRPABY65HYPY4"),
                      makeDir("merged"), makeDir("work")});
}

const TreeEntry kLayersJson = makeDir("overlay-layers", {makeFile("layers.json", "[]")});

TEST_CASE("the storage of Podman and Buildah is recognised by its layers and their list") {
  TempDir tree;
  plant(tree.path(),
        {makeDir("storage",
                 {makeDir("overlay", {makeDir("l"), makeDir("staging"), overlayLayer(kLayerId)}),
                  kLayersJson})});
  const auto claim = claimOf(kContainersStorage, tree, "storage");
  REQUIRE(claim);
  CHECK(claim->users == std::vector<std::string>{"storage/overlay/" + kLayerId});
  CHECK_FALSE(claimOf(kContainersStorage, tree));
}

TEST_CASE("Docker's overlay2, and directories with only the names, are not Podman's") {
  const std::vector<TreeEntry> others[] = {
      {makeDir("overlay2", {makeDir("l"), overlayLayer(kLayerId)})},
      {makeDir("overlay", {makeDir("l"), overlayLayer(kLayerId)})},
      {makeDir("overlay", {overlayLayer(kLayerId)}), kLayersJson},
      {makeDir("overlay", {makeDir("l"), makeDir(kLayerId, {makeDir("diff")})}), kLayersJson},
      {makeDir("overlay", {makeDir("l"), makeDir(kLayerId, {makeFile("link")})}), kLayersJson},
      {makeDir("overlay", {makeDir("l")}), kLayersJson},
  };
  for (const std::vector<TreeEntry>& entries : others) {
    TempDir tree;
    plant(tree.path(), entries);
    CHECK_FALSE(claimOf(kContainersStorage, tree));
  }
}

}  // namespace
}  // namespace hardlink
