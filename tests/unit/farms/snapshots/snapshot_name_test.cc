#include "farms/snapshots/snapshot_name.h"

#include "support/catch.h"

namespace hardlink {
namespace {

using Time = std::chrono::system_clock::time_point;

Time at(int year, unsigned month, unsigned day, int seconds = 0) {
  return std::chrono::sys_days(std::chrono::year(year) / static_cast<int>(month) /
                               static_cast<int>(day)) +
         std::chrono::seconds(seconds);
}

Time dateOf(const std::string& name) {
  const SnapshotName parsed = parseSnapshotName(name);
  INFO(name);
  REQUIRE(parsed.scheme == NameScheme::date);
  return parsed.date;
}

std::string frameOf(const std::string& name) { return parseSnapshotName(name).frame; }

TEST_CASE("dates in the usual forms are recognised") {
  const Time day = at(2024, 1, 15);
  for (const char* const name :
       {"2024-01-15", "20240115", "2024_01_15", "2024.01.15", "2024 01 15", "backup-2024-01-15",
        "home.20240115", "2024-Jan-15", "15-jan-2024", "15Jan2024", "15.01.2024", "15.1.2024",
        "2024-January-15", "snap2024-1-15", "2024-01-15.tar", "2024-01-15-123"}) {
    CHECK(dateOf(name) == day);
  }
  CHECK(dateOf("2024-01") == at(2024, 1, 1));
  CHECK(dateOf("2024-W03") == at(2024, 1, 18));
}

TEST_CASE("the time of day after a date, and its offset, are recognised") {
  const Time three = at(2024, 1, 15, 3 * 3600);
  for (const char* const name :
       {"2024-01-15T03:00:00", "2024-01-15_03-00-00", "2024-01-15-030000", "20240115-0300",
        "202401150300", "20240115030000", "2024-01-15 03:00", "20240115T030000Z",
        "20240115-030000-123", "2024-01-15T03:00:00.250", "@GMT-2024.01.15-03.00.00",
        "2024-01-15T04:00:00+01:00", "2024-01-14T22:00:00-0500", "backup-20240115-0300",
        "2024-01-15_03h00", "2024-01-15-03"}) {
    INFO(name);
    CHECK(dateOf(name) == three);
  }
  CHECK(dateOf("2024-01-15T03:04:05") == at(2024, 1, 15, 3 * 3600 + 4 * 60 + 5));
}

TEST_CASE("an invalid or ambiguous date is not taken for a date") {
  for (const char* const name : {"01-15-2024", "2024-13-01", "2024-02-30", "20241301", "12345678",
                                 "1200-01-01", "1704067200", "2024", "current", "15-01-2024"}) {
    INFO(name);
    CHECK(parseSnapshotName(name).scheme != NameScheme::date);
  }
}

TEST_CASE("dates in several forms are one series, unless the prefix or suffix differs") {
  CHECK(frameOf("2024-01-15") == frameOf("20240116T030000Z"));
  CHECK(frameOf("2024-01-15") == frameOf("2024-01-15.1"));
  CHECK(frameOf("alpha-2024-01-15") == frameOf("alpha-2024-01-16"));
  CHECK(frameOf("alpha-2024-01-15") != frameOf("beta-2024-01-15"));
  CHECK(frameOf("2024-01-15-host1") != frameOf("2024-01-15-host2"));
  CHECK(frameOf("2024-01") != frameOf("2024-01-15"));
}

TEST_CASE("a number after a last dot counts snapshots, another one is a number") {
  CHECK(parseSnapshotName("daily.0") ==
        SnapshotName{NameScheme::counted, std::string("daily.\0", 7), {}, {0, ""}});
  CHECK(parseSnapshotName("daily.007").number == std::pair<std::size_t, std::string>(1, "7"));
  CHECK(parseSnapshotName("17").scheme == NameScheme::number);
  CHECK(parseSnapshotName("snap17").scheme == NameScheme::number);
  CHECK(parseSnapshotName("17-full").scheme == NameScheme::number);
  CHECK(parseSnapshotName(".5").scheme == NameScheme::number);
  CHECK(parseSnapshotName("disk1-snap-2").frame == parseSnapshotName("disk1-snap-3").frame);
  CHECK(parseSnapshotName("disk1-snap-2").frame != parseSnapshotName("disk2-snap-2").frame);
  for (const char* const name : {"monday", "", "1-of-2-parts", "x"}) {
    INFO(name);
    CHECK(parseSnapshotName(name).scheme == NameScheme::none);
  }
}

TEST_CASE("numbers of any size compare as numbers") {
  const auto number = [](const std::string& name) { return parseSnapshotName(name).number; };
  CHECK(number("9") < number("10"));
  CHECK(number("0009") == number("9"));
  CHECK(number("99999999999999999999999999999998-x") <
        number("99999999999999999999999999999999-x"));
}

TEST_CASE("unfinished, hidden and lost+found directories are no snapshots") {
  for (const char* const name :
       {"new_snapshot", ".sync", "backup.inprogress", "2024-01-15.inProgress", "_delete.123",
        "lost+found", ".links", "2024-01-15.partial", "2024-01-15.tmp", "2024-01-15~"}) {
    INFO(name);
    CHECK(isNoSnapshotName(name));
  }
  for (const char* const name : {"daily.0", "2024-01-15", "delete", "template", "part"}) {
    INFO(name);
    CHECK_FALSE(isNoSnapshotName(name));
  }
}

}  // namespace
}  // namespace hardlink
