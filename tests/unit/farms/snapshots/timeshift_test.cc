#include "farms/snapshots/kinds.h"
#include "unit/farms/evidence/claims.h"

namespace hardlink {
namespace {

using Names = std::vector<std::string>;

TreeEntry snapshot(const std::string& date, const std::string& system = "0a-1b") {
  return makeDir(date, {makeDir("localhost", {makeDir("etc")}), makeFile("exclude.list"),
                        makeFile("info.json",
                                 "{\n  \"created\" : \"1705287600\",\n"
                                 "  \"sys-uuid\" : \"" +
                                     system + "\",\n}\n")});
}

TEST_CASE("snapshots of Timeshift are recognised by localhost/ and info.json") {
  const TempDir top;
  plant(top.path(),
        {makeDir("snapshots", {snapshot("2024-01-15_03-00-01"), snapshot("2024-01-16_03-00-01"),
                               makeDir("2024-01-17_03-00-01", {makeDir("localhost")}),
                               makeDir("2024-01-18", {makeDir("localhost")})}),
         makeDir("snapshots-daily",
                 {makeSymlink("2024-01-15_03-00-01", "../snapshots/2024-01-15_03-00-01")})});
  const auto claim = claimOf(kTimeshift, top, "snapshots");
  REQUIRE(claim);
  REQUIRE(claim->series.size() == 1);
  CHECK(claim->series.front().name == "snapshots");
  CHECK(claim->series.front().layers.front().snapshot == "snapshots/2024-01-15_03-00-01");
  CHECK(layersOf(claim) == Names{"snapshots/2024-01-15_03-00-01/localhost",
                                 "snapshots/2024-01-16_03-00-01/localhost"});
  CHECK(layersOf(claim, true) == Names{"snapshots/2024-01-17_03-00-01/localhost"});
  CHECK_FALSE(claimOf(kTimeshift, top, "snapshots-daily"));
}

TEST_CASE("a snapshot that Timeshift will delete no longer counts") {
  const TempDir top;
  plant(top.path(), {snapshot("2024-01-15_03-00-01"), snapshot("2024-01-16_03-00-01")});
  plant(top / "2024-01-16_03-00-01", {makeFile("delete")});
  CHECK(layersOf(claimOf(kTimeshift, top)) == Names{"2024-01-15_03-00-01/localhost"});
}

TEST_CASE("snapshots of two systems on one disk are two series") {
  const TempDir top;
  plant(top.path(), {snapshot("2024-01-15_03-00-01", "aa"), snapshot("2024-01-16_03-00-01", "bb"),
                     snapshot("2024-01-17_03-00-01", "aa")});
  const auto claim = claimOf(kTimeshift, top);
  REQUIRE(claim);
  REQUIRE(claim->series.size() == 2);
  CHECK(claim->series[0].name == ". (aa)");
  CHECK(claim->series[0].layers.size() == 2);
  CHECK(claim->series[1].name == ". (bb)");
}

TEST_CASE("dates without info.json, and snapshots of btrfs, are not recognised as Timeshift's") {
  const TempDir top;
  plant(top.path(), {makeDir("2024-01-15_03-00-01", {makeDir("localhost")}),
                     makeDir("2024-01-16_03-00-01", {makeDir("@"), makeFile("info.json", "{}")})});
  CHECK_FALSE(claimOf(kTimeshift, top));
}

TEST_CASE("a snapshot of Timeshift is removed by its date") {
  CHECK(kTimeshift
            .removal("/timeshift",
                     {"snapshots/2024-01-15_03-00-01/localhost", "snapshots/2024-01-15_03-00-01"})
            .command == Names{"timeshift", "--delete", "--snapshot", "2024-01-15_03-00-01"});
}

}  // namespace
}  // namespace hardlink
