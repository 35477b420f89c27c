#include "farms/snapshots/kinds.h"
#include "unit/farms/evidence/claims.h"

namespace hardlink {
namespace {

using Names = std::vector<std::string>;

TreeEntry backup(const std::string& name, const std::string& checksums = ".md5CheckSums.bz2") {
  return makeDir(name, {makeFile(checksums), makeFile(".md5CheckSums.info"), makeFile("x")});
}

TEST_CASE("backups of storeBackup are recognised by their checksums") {
  const TempDir top;
  TreeEntry running = backup("2024.01.18_03.00.00");
  running.children.push_back(makeFile(".md5CheckSums.notFinished"));
  plant(top.path(),
        {makeDir("default",
                 {backup("2024.01.15_03.00.00"), backup("2024.01.16_03.00.00", ".md5CheckSums"),
                  makeDir("2024.01.17_03.00.00"), backup("2024.01.14_03.00.00-broken"), running})});
  const auto claim = claimOf(kStoreBackup, top, "default");
  REQUIRE(claim);
  REQUIRE(claim->series.size() == 1);
  CHECK(claim->series.front().name == "default");
  CHECK(layersOf(claim) == Names{"default/2024.01.15_03.00.00", "default/2024.01.16_03.00.00"});
  CHECK(layersOf(claim, true) == Names{"default/2024.01.18_03.00.00"});
  CHECK_FALSE(claimOf(kStoreBackup, top));
}

TEST_CASE("dates without checksums, or with one unfinished backup, are not storeBackup's") {
  const TempDir top;
  plant(top.path(), {makeDir("2024.01.15_03.00.00", {makeFile("x")}),
                     makeDir("2024.01.16_03.00.00", {makeFile(".md5CheckSums.bz2"),
                                                     makeFile(".md5CheckSums.notFinished")})});
  CHECK_FALSE(claimOf(kStoreBackup, top));
}

TEST_CASE("a backup of storeBackup expires by its keep rules, and no command removes it") {
  const Removal removal = kStoreBackup.removal("/b", {"2024.01.15_03.00.00", ""});
  CHECK(removal.command.empty());
  CHECK(removal.expiry.find("keepAll") != std::string::npos);
}

}  // namespace
}  // namespace hardlink
