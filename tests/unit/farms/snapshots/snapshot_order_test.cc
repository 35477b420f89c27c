#include "farms/snapshots/snapshot_order.h"

#include <algorithm>

#include "support/catch.h"

namespace hardlink {
namespace {

using Paths = std::vector<std::string>;

std::optional<SnapshotAge::Time> day(int number) {
  return SnapshotAge::Time(std::chrono::hours(24 * number));
}

/// A snapshot that was created on one day and modified on another.
SnapshotAge snapshot(const std::string& path, int born, int modified) {
  return {path, day(born), day(modified)};
}

/// Snapshots that all have the same times.
std::vector<SnapshotAge> named(const Paths& paths) {
  std::vector<SnapshotAge> all;
  for (const std::string& path : paths) {
    all.push_back(snapshot(path, 1, 1));
  }
  return all;
}

Paths pathsOf(const std::vector<SnapshotAge>& all, const std::vector<std::size_t>& indices) {
  Paths paths;
  for (const std::size_t index : indices) {
    paths.push_back(all[index].path);
  }
  return paths;
}

Paths removable(const std::vector<SnapshotAge>& all, OrderChoice choice = OrderChoice::automatic) {
  return pathsOf(all, orderSnapshots(all, choice).removable);
}

bool conflicting(const std::vector<SnapshotAge>& all) {
  return orderSnapshots(all, OrderChoice::automatic).conflict.has_value();
}

/// NAME.0 to NAME.3 on a copied disk: the births are in the order of the names.
std::vector<SnapshotAge> copiedDisk() {
  return {snapshot("daily.0", 100, 20), snapshot("daily.1", 101, 19), snapshot("daily.2", 102, 18),
          snapshot("daily.3", 103, 17)};
}

TEST_CASE("dates in all forms ascend, and the newest is never removable") {
  CHECK(removable(named({"20240103", "2024-01-01", "2024-01-02T03:00:00"})) ==
        Paths{"2024-01-01", "2024-01-02T03:00:00"});
}

TEST_CASE("NAME.N counts backwards from NAME.0") {
  CHECK(removable(named({"daily.0", "daily.1", "daily.10", "daily.2"})) ==
        Paths{"daily.10", "daily.2", "daily.1"});
}

TEST_CASE(
    "on a copied disk the modification times agree with the names, and births do not matter") {
  CHECK(removable(copiedDisk()) == Paths{"daily.3", "daily.2", "daily.1"});
  const SnapshotOrder order = orderSnapshots(copiedDisk(), OrderChoice::automatic);
  CHECK_FALSE(order.conflict);
  CHECK(order.made[3] == day(17));
}

TEST_CASE("if all snapshots have the modification time of their source, births confirm the names") {
  const std::vector<SnapshotAge> all = {snapshot("2024-01-01", 1, 9), snapshot("2024-01-02", 2, 8),
                                        snapshot("2024-01-03", 3, 7)};
  CHECK(removable(all) == Paths{"2024-01-01", "2024-01-02"});
  CHECK(orderSnapshots(all, OrderChoice::automatic).made[0] == day(1));
}

TEST_CASE("equal times agree with every order of names") {
  CHECK(removable({snapshot("2024-01-01", 3, 5), snapshot("2024-01-02", 2, 5),
                   snapshot("2024-01-03", 1, 5)}) == Paths{"2024-01-01", "2024-01-02"});
}

TEST_CASE(
    "where neither times agree with the names nothing is ordered, and both orders are shown") {
  const std::vector<SnapshotAge> all = {snapshot("2024-01-01", 3, 3), snapshot("2024-01-02", 2, 2),
                                        snapshot("2024-01-03", 1, 1)};
  const SnapshotOrder order = orderSnapshots(all, OrderChoice::automatic);
  REQUIRE(order.conflict);
  CHECK(order.removable.empty());
  CHECK(order.conflict->by == "names");
  CHECK(pathsOf(all, order.conflict->first) == Paths{"2024-01-01", "2024-01-02", "2024-01-03"});
  CHECK(order.conflict->other_by == "times");
  CHECK(pathsOf(all, order.conflict->second) == Paths{"2024-01-03", "2024-01-02", "2024-01-01"});

  CHECK(removable(all, OrderChoice::name) == Paths{"2024-01-01", "2024-01-02"});
  CHECK(removable(all, OrderChoice::time) == Paths{"2024-01-03", "2024-01-02"});
}

TEST_CASE("missing births confirm no order") {
  const std::vector<SnapshotAge> all = {{"2024-01-01", {}, day(2)}, {"2024-01-02", {}, day(1)}};
  CHECK(conflicting(all));
  CHECK_FALSE(conflicting({{"2024-01-01", {}, day(1)}, {"2024-01-02", {}, day(2)}}));
}

TEST_CASE("a NAME.0 that is the oldest by all times is a conflict") {
  CHECK(conflicting({snapshot("run.0", 1, 1), snapshot("run.1", 2, 2), snapshot("run.2", 3, 3)}));
}

TEST_CASE("numbers follow the direction of the times, and ascend if times have none") {
  CHECK(removable({snapshot("9", 1, 1), snapshot("10", 2, 2), snapshot("11", 3, 3)}) ==
        Paths{"9", "10"});
  CHECK(removable({snapshot("9", 3, 3), snapshot("10", 2, 2), snapshot("11", 1, 1)}) ==
        Paths{"11", "10"});
  CHECK(removable({snapshot("daily.1", 5, 3), snapshot("daily.2", 5, 2),
                   snapshot("daily.3", 5, 1)}) == Paths{"daily.3", "daily.2"});
  CHECK(removable(named({"9", "10", "11"})) == Paths{"9", "10"});
}

TEST_CASE("births and modification times in opposite directions are a conflict of numbers") {
  const std::vector<SnapshotAge> all = {snapshot("snap1", 1, 3), snapshot("snap2", 2, 2),
                                        snapshot("snap3", 3, 1)};
  const SnapshotOrder order = orderSnapshots(all, OrderChoice::automatic);
  REQUIRE(order.conflict);
  CHECK(order.conflict->by == "births");
  CHECK(order.conflict->other_by == "modification times");
  CHECK(pathsOf(all, order.conflict->first) == Paths{"snap1", "snap2", "snap3"});
  CHECK(pathsOf(all, order.conflict->second) == Paths{"snap3", "snap2", "snap1"});
}

TEST_CASE("numbers that no times follow in either direction are a conflict") {
  CHECK(conflicting({snapshot("1", 2, 1), snapshot("2", 1, 3), snapshot("3", 3, 2)}));
}

TEST_CASE("if names have no scheme, the later of birth and modification decides") {
  CHECK(removable({snapshot("monday", 1, 0), snapshot("sunday", 0, 7), snapshot("tuesday", 2, 0),
                   snapshot("friday", 5, 4)}) == Paths{"monday", "tuesday", "friday"});
  CHECK(removable({snapshot("monday", 1, 0), snapshot("sunday", 0, 7)}, OrderChoice::name).empty());
}

TEST_CASE("without a scheme in names and a difference in times, no snapshot is older") {
  CHECK(removable(named({"monday", "tuesday", "friday"})).empty());
  CHECK(removable({snapshot("a", 1, 1), snapshot("b", 2, 2), snapshot("c", 2, 2)}) == Paths{"a"});
}

TEST_CASE("times order snapshots of one date, and all with the latest time stay") {
  CHECK(removable({snapshot("2024-01-01-7", 1, 1), snapshot("2024-01-02-5", 3, 3),
                   snapshot("2024-01-02-9", 2, 2)}) == Paths{"2024-01-01-7", "2024-01-02-9"});
  CHECK(removable({snapshot("2024-01-01-7", 1, 1), snapshot("2024-01-02-5", 2, 2),
                   snapshot("2024-01-02-9", 2, 2)}) == Paths{"2024-01-01-7"});
}

TEST_CASE("each NAME.N of a directory keeps its newest, and the rest is sorted by age") {
  const std::vector<SnapshotAge> all = {snapshot("daily.0", 20, 20),  snapshot("daily.1", 19, 19),
                                        snapshot("daily.2", 18, 18),  snapshot("hourly.0", 22, 22),
                                        snapshot("hourly.1", 21, 21), snapshot("weekly.0", 10, 10)};
  CHECK(removable(all) == Paths{"daily.2", "daily.1", "hourly.1"});
}

TEST_CASE("each directory keeps its newest snapshot, and the oldest of all comes first") {
  const std::vector<SnapshotAge> all =
      named({"alpha/2024-01-01", "alpha/2024-01-03", "beta/2024-01-01", "beta/2024-01-02",
             "gamma/2024-01-01"});
  CHECK(removable(all) == Paths{"alpha/2024-01-01", "beta/2024-01-01"});
}

TEST_CASE("snapshots of several things in one directory are a series each") {
  CHECK(removable(named({"alpha-2024-01-01", "alpha-2024-01-02", "beta-2024-01-01"})) ==
        Paths{"alpha-2024-01-01"});
  CHECK(removable({snapshot("2024-01-01-alpha", 1, 1), snapshot("2024-01-02-beta", 2, 2)}).empty());
}

TEST_CASE("an unfinished snapshot is ignored and does not count as the newest") {
  CHECK(removable(named({"2024-01-01", "2024-01-02", "2024-01-03.inprogress", "new_snapshot"})) ==
        Paths{"2024-01-01"});
  CHECK(removable({snapshot("a", 1, 1), snapshot("b", 2, 2), snapshot(".sync", 0, 0),
                   snapshot("_delete.1", 0, 0), snapshot("_delete.2", 0, 0),
                   snapshot("lost+found", 0, 0)}) == Paths{"a"});
}

TEST_CASE("directories without a scheme are ignored beside snapshots with one") {
  CHECK(removable({snapshot("2024-01-01", 3, 3), snapshot("2024-01-02", 4, 4),
                   snapshot("pool", 1, 1), snapshot("store", 2, 2), snapshot("disk1", 1, 1)}) ==
        Paths{"2024-01-01"});
}

TEST_CASE("a single snapshot, or one without known times, is never removable") {
  CHECK(removable(named({"daily.0"})).empty());
  CHECK(removable({{"2024-01-01", {}, {}}, snapshot("2024-01-02", 2, 2)}).empty());
  CHECK(removable({}).empty());
}

}  // namespace
}  // namespace hardlink
