#include "farms/stores/kinds.h"

#include "unit/farms/evidence/claims.h"

namespace hardlink {
namespace {

const std::string kGfid = "a575265c-d7c5-46f6-94b1-735013970def";

TreeEntry brick(const std::string& first, const std::string& second, const TreeEntry& entry) {
  return makeDir(".glusterfs", {makeDir("00"), makeDir("indices"),
                                makeDir(first, {makeDir("00"), makeDir(second, {entry})})});
}

TEST_CASE("a brick of GlusterFS is recognised by a gfid in the right directory") {
  TempDir tree;
  plant(tree.path(),
        {makeDir("brick", {makeFile("x"), brick("a5", "75", makeLink(kGfid, "brick/x"))})});
  const auto claim = claimOf(kGlusterfs, tree, "brick");
  REQUIRE(claim);
  CHECK(claim->link_limit == 101);
  CHECK(claim->users.empty());
  CHECK_FALSE(claimOf(kGlusterfs, tree));
}

TEST_CASE("an empty brick is recognised by the gfid of its root") {
  TempDir tree;
  plant(tree.path(),
        {brick("00", "00", makeSymlink("00000000-0000-0000-0000-000000000001", "../../.."))});
  CHECK(claimOf(kGlusterfs, tree));
}

TEST_CASE("a brick has the limit of its volume, if glusterd on this host knows it") {
  TempDir tree;
  const auto volume = [&](const std::string& name, const std::string& path,
                          const std::string& info) {
    return makeDir(
        name,
        {makeFile("info", "type=0\nsnap-max-hard-limit=256\n" + info),
         makeDir("bricks", {makeFile("host:-" + name, "hostname=host\npath=" + path + "\n")})});
  };
  plant(tree.path(),
        {makeDir("default"), makeDir("raised"), makeDir("none"), makeDir("strange"),
         makeDir("unknown"),
         makeDir("vols",
                 {volume("default", tree / "default", "nfs.disable=on\n"),
                  volume("raised", tree / "raised", "storage.max-hardlinks=200\n"),
                  volume("none", tree / "none", "storage.max-hardlinks=0\n"),
                  volume("strange", tree / "strange", "storage.max-hardlinks=many\n"),
                  volume("elsewhere", "unknown", "storage.max-hardlinks=7\n"), makeDir("empty")})});
  const auto root = os::openRoot(tree.path());
  REQUIRE(root);
  const auto limit = [&](const char* brick) {
    return glusterLinkLimit(Directory(root->get(), brick), tree / "vols");
  };
  CHECK(limit("default") == 101);
  CHECK(limit("raised") == 201);
  CHECK_FALSE(limit("none"));
  CHECK(limit("strange") == 101);
  CHECK(limit("unknown") == 101);
  CHECK(glusterLinkLimit(Directory(root->get(), "raised"), tree / "missing") == 101);
}

TEST_CASE("a directory with .glusterfs but without gfids is no brick") {
  for (const TreeEntry& entry :
       {brick("a5", "76", makeFile(kGfid)), brick("a5", "75", makeFile("a575265c")),
        brick("a5", "75", makeFile("a575265cd7c546f694b1735013970def")),
        brick("a5", "75", makeFile("a575265z-d7c5-46f6-94b1-735013970def")),
        makeDir(".glusterfs", {makeFile(kGfid)}), makeFile(".glusterfs")}) {
    TempDir tree;
    plant(tree.path(), {entry});
    CHECK_FALSE(claimOf(kGlusterfs, tree));
  }
}

}  // namespace
}  // namespace hardlink
