#include "farms/snapshots/kinds.h"
#include "unit/farms/evidence/claims.h"

namespace hardlink {
namespace {

using Names = std::vector<std::string>;

TreeEntry image(const std::string& name, const std::string& status,
                const std::string& branch = "default") {
  return makeDir(name,
                 {makeDir("tree", {makeFile("x")}),
                  makeFile("summary", "vault: v\nbranch: " + branch + "\nImage: " + name +
                                          "\nExpire: +15 days == 2024-01-30 03:00:00\n" + status)});
}

TEST_CASE("images of dirvish are recognised by tree/ and summary beside the vault's dirvish/") {
  const TempDir top;
  plant(top.path(),
        {makeDir(
            "vault",
            {makeDir("dirvish", {makeFile("default.conf")}), image("20240115", "Status: success\n"),
             image("20240116", "Status: warning (24) -- some files vanished\n"),
             image("20240117", "Status: error (11) -- error in file I/O\n"), image("20240118", ""),
             makeDir("20240114", {makeFile("summary")}), makeDir("lost+found")})});
  const auto claim = claimOf(kDirvish, top, "vault");
  REQUIRE(claim);
  REQUIRE(claim->series.size() == 1);
  CHECK(claim->series.front().name == "vault");
  CHECK(claim->series.front().layers.front().snapshot == "vault/20240115");
  CHECK(layersOf(claim) == Names{"vault/20240115/tree", "vault/20240116/tree"});
  CHECK(layersOf(claim, true) == Names{"vault/20240117/tree", "vault/20240118/tree"});
  CHECK_FALSE(claimOf(kDirvish, top));
}

TEST_CASE("each branch of a vault is a series") {
  const TempDir top;
  plant(top.path(),
        {makeDir("dirvish"), image("a1", "Status: success\n", "etc"),
         image("b1", "Status: success\n", "home"), image("a2", "Status: success\n", "etc")});
  const auto claim = claimOf(kDirvish, top);
  REQUIRE(claim);
  REQUIRE(claim->series.size() == 2);
  CHECK(claim->series[0].name == ".:etc");
  CHECK(claim->series[0].layers.size() == 2);
  CHECK(claim->series[1].name == ".:home");
}

TEST_CASE("images without the vault's own directory, or without a tree, are not dirvish's") {
  const TempDir top;
  plant(top.path(), {image("20240115", "Status: success\n")});
  CHECK_FALSE(claimOf(kDirvish, top));
  const TempDir expired;
  plant(expired.path(), {makeDir("dirvish"), makeDir("20240115", {makeFile("summary", "")})});
  CHECK_FALSE(claimOf(kDirvish, expired));
}

TEST_CASE("an image of dirvish expires by its summary, and no command removes it") {
  const TempDir top;
  plant(top.path(), {makeDir("dirvish"), image("20240115", "Status: success\n")});
  const Removal removal =
      kDirvish.removal(top.path(), claimOf(kDirvish, top)->series.front().layers.front());
  CHECK(removal.command.empty());
  CHECK(removal.expiry == "dirvish-expire (Expire: +15 days == 2024-01-30 03:00:00)");
}

}  // namespace
}  // namespace hardlink
