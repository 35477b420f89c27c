#include <filesystem>
#include "farms/snapshots/kinds.h"

#include "unit/farms/evidence/claims.h"

namespace hardlink {
namespace {

using Names = std::vector<std::string>;

/// `names` as directories, each older than the one before.
void plantByAge(const TempDir& top, const Names& names) {
  auto time = std::filesystem::file_time_type::clock::now();
  for (const std::string& name : names) {
    plant(top.path(), {makeDir(name)});
    std::filesystem::last_write_time(top / name, time -= std::chrono::hours(1));
  }
}

Names levelsOf(const Names& names) {
  const TempDir top;
  plantByAge(top, names);
  const auto claim = claimOf(kRsnapshot, top);
  REQUIRE(claim);
  REQUIRE(claim->series.size() == 1);
  return claim->series.front().levels;
}

TEST_CASE("two levels of NAME.N are rsnapshot's if they are copies, and one series") {
  const TempDir top;
  plantByAge(top, {"daily.0", "daily.1", "weekly.0", ".sync", "_delete.4711", "daily.2.tmp",
                   "home.old", "notes", "daily.01"});
  const auto claim = claimOf(kRsnapshot, top);
  REQUIRE(claim);
  CHECK(claim->needs_copies);
  REQUIRE(claim->series.size() == 1);
  CHECK(claim->series.front().name == ".");
  CHECK(layersOf(claim) == Names{"daily.0", "daily.1", "weekly.0"});
}

TEST_CASE("without a configuration, rsnapshot needs at least two levels of NAME.N") {
  const TempDir top;
  CHECK_FALSE(claimOf(kRsnapshot, top));
  plantByAge(top, {"daily.0", "daily.1", "2024.01.15", "_delete.1"});
  CHECK_FALSE(claimOf(kRsnapshot, top));
}

TEST_CASE("levels with usual names are sorted by name, whatever their times are") {
  CHECK(levelsOf({"monthly.0", "weekly.0", "daily.0", "hourly.0"}) ==
        Names{"hourly", "daily", "weekly", "monthly"});
  CHECK(levelsOf({"gamma.0", "alpha.0", "beta.0"}) == Names{"alpha", "beta", "gamma"});
}

TEST_CASE("a directory NAME.N as old as a level but with an unusual name is no level") {
  const TempDir top;
  plantByAge(top, {"alpha.0", "beta.0", "libfoo.6"});
  std::filesystem::last_write_time(top / "libfoo.6",
                                   std::filesystem::last_write_time(top / "beta.0"));
  const auto claim = claimOf(kRsnapshot, top);
  REQUIRE(claim);
  CHECK(claim->series.front().levels == Names{"alpha", "beta"});
  CHECK(layersOf(claim) == Names{"alpha.0", "beta.0"});
}

TEST_CASE("levels with other names are sorted by the ages of their newest snapshots") {
  CHECK(levelsOf({"often.0", "often.1", "now_and_then.0", "archive.0", "archive.1"}) ==
        Names{"often", "now_and_then", "archive"});
  CHECK(levelsOf({"daily.0", "daily.1", "quarter.2"}) == Names{"daily", "quarter"});
}

TEST_CASE("levels with other names are not rsnapshot's if two are equally old") {
  const TempDir top;
  plantByAge(top, {"some.0", "other.0"});
  std::filesystem::last_write_time(top / "some.0",
                                   std::filesystem::last_write_time(top / "other.0"));
  CHECK_FALSE(claimOf(kRsnapshot, top));
}

/// Makes `names` hold copies of one file in `top`, each older than the one before.
void plantCopies(const TempDir& top, const Names& names, const std::string& seed) {
  plant(top.path(), {makeFile(seed)});
  plantByAge(top, names);
  for (const std::string& name : names) {
    const auto time = std::filesystem::last_write_time(top / name);
    plant(top.path(), {makeDir(name, {makeLink("a", seed), makeLink("b", seed)})});
    std::filesystem::last_write_time(top / name, time);
  }
}

TEST_CASE("levels that are copies of each other are one series, the rarest and highest first") {
  const TempDir top;
  plantCopies(top, {"daily.0", "daily.1", "weekly.0", "weekly.1"}, "x");
  plantCopies(top, {"libfoo.6"}, "y");
  plant(top.path(), {makeDir("daily.2", {makeFile("stranger")})});
  const Farm farm = farmOf(top);
  CHECK(farm.tool == Tool::rsnapshot);
  REQUIRE(farm.series.size() == 1);
  CHECK(farm.series.front().oldest_first == Names{"weekly.1", "weekly.0", "daily.1", "daily.0"});
  CHECK(farm.heads == Names{"daily.0"});
  REQUIRE(farm.removable.size() == 3);
  CHECK(farm.removable.front().layer == "weekly.1");
}

TEST_CASE("levels that are no copies of each other are separate series") {
  const TempDir top;
  plantCopies(top, {"web.0", "web.1"}, "x");
  plantCopies(top, {"db.0", "db.1"}, "y");
  const Farm farm = farmOf(top);
  CHECK(farm.tool == Tool::rsync);
  CHECK(farm.heads == Names{"db.0", "web.0"});
}

TEST_CASE("a snapshot of rsnapshot is removed with rm") {
  CHECK(kRsnapshot.removal("/srv/backup", {"hosts/daily.6", "hosts/daily.6"}).command ==
        Names{"rm", "-rf", "--", "/srv/backup/hosts/daily.6"});
}

}  // namespace
}  // namespace hardlink
