#include "docker/makers_own.h"

#include "support/catch.h"
#include "support/temp_tree.h"

namespace hardlink {
namespace {

TEST_CASE("a load has the archive unpacked, with the layers that are there already") {
  const TempDir root;
  plant(root.path(),
        {makeDir("overlay"), makeDir("image", {makeDir("overlay", {makeDir("distribution")})})});
  const MakersOwn own = makersOwnAt(root / "overlay", 60);
  CHECK(own.kept.inodes == 8);
  CHECK(own.temporary.inodes == 4);
  CHECK(own.once.inodes == 5 + 60 * 4);
  // No image has more layers than that.
  CHECK(makersOwnAt(root / "overlay", 500).once.inodes == 5 + 125 * 4);
}

TEST_CASE("once a pull has been made each layer has two notes more, and one file while it comes") {
  const TempDir root;
  plant(root.path(),
        {makeDir("overlay"),
         makeDir("image",
                 {makeDir("overlay", {makeDir("distribution", {makeDir("diffid-by-digest")})})})});
  const MakersOwn own = makersOwnAt(root / "overlay", 0);
  CHECK(own.kept.inodes == 10);
  CHECK(own.kept.blocks == 10);
  CHECK(own.returned.inodes == 7);
  CHECK(own.temporary.inodes == 2);
}

TEST_CASE(
    "a complete layer keeps its directory, its entry in the database and the notes of a pull") {
  CHECK(layerFiles(false, false).made.inodes == 1);
  CHECK(layerFiles(true, false).made.inodes == 7);
  CHECK(layerFiles(true, true).made.inodes == 9);
  CHECK(layerFiles(true, true).making.inodes == 6);
  CHECK(layerFiles(true, true).unpacking.inodes == 1);
}

}  // namespace
}  // namespace hardlink
