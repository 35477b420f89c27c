// What the inodes of a tree take, compared with stat(2).

#include <string>
#include <vector>

#include "literal_farm.h"
#include "random_tree.h"
#include "support/catch.h"
#include "support/temp_tree.h"
#include "tree_oracle.h"
#include "walked.h"

namespace hardlink {
namespace {

TEST_CASE("the bytes of random trees are those that stat says") {
  for (unsigned seed = 0; seed < 40; ++seed) {
    CAPTURE(seed);
    const TempDir dir;
    const std::vector<std::string> snapshots = plantRandomTree(dir.path(), seed);
    const std::string root = dir / "root";
    CensusRequest request = walkRequest(root, snapshotsIn(root, {"snap*"}));
    request.threads = 1 + seed % 3;
    letGo(request, snapshots);
    const RootCounts counts = walked(request);
    checkBytes(counts, bytesBelow(root, snapshots, 0));
  }
}

TEST_CASE("a layer frees what it shares with no other, and several free what they share") {
  const TempDir dir;
  const std::string block(4096, 'x');
  plant(dir.path(), {makeDir("1", {makeFile("big", block + block), makeFile("own", block)}),
                     makeDir("2", {makeLink("big", "1/big"), makeFile("kept", block)}),
                     makeDir("pool", {makeLink("kept", "2/kept")})});
  CensusRequest request = walkRequest(dir.path(), snapshotsIn(dir.path(), {"1", "2"}));
  letGo(request, {"1", "2"});
  const RootCounts counts = walked(request);
  const RootCounts found = bytesBelow(dir.path(), {"1", "2"}, 0);
  checkBytes(counts, found);
  const std::uint64_t own = counts.layers[0].exclusive_bytes;
  CHECK(own > 0);
  CHECK(counts.layers[1].exclusive_bytes == 0);
  REQUIRE(counts.bytes_of_layers.size() == 2);
  CHECK(counts.bytes_of_layers[0] == BytesOfLayers{{0}, own});
  CHECK(counts.bytes_of_layers[1].layers == std::vector<std::uint32_t>{0, 1});
  CHECK(counts.referenced_bytes == counts.allocated_bytes + counts.bytes_of_layers[1].bytes + own);
}

TEST_CASE("what a layer holds that may not be removed is not freed") {
  const TempDir dir;
  plant(dir.path(), {makeDir("1", {makeFile("both", "x"), makeFile("own", "x")}),
                     makeDir("2", {makeLink("both", "1/both"), makeFile("own", "x")})});
  CensusRequest request = walkRequest(dir.path(), snapshotsIn(dir.path()));
  letGo(request, {"1"});
  const RootCounts counts = walked(request);
  CHECK(counts.bytes_of_layers ==
        std::vector<BytesOfLayers>{{{0}, counts.layers[0].exclusive_bytes}});
  letGo(request, {"3"});
  CHECK(walked(request).bytes_of_layers.empty());
}

}  // namespace
}  // namespace hardlink
