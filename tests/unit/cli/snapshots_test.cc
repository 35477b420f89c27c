#include "cli/snapshots.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/catch.h"
#include "support/temp_tree.h"

namespace hardlink {
namespace {

using Names = std::vector<std::string>;

/// A snapshot of one file, which `seed` is.
TreeEntry copyOf(const std::string& name) { return makeDir(name, {makeLink("file", "seed")}); }

/// Makes directories until one is born later than all before: the clock of births ticks slowly.
void awaitTick(const TempDir& dir) {
  const auto birth = [&](const std::string& name) {
    plant(dir.path(), {makeDir(name)});
    struct statx status {};
    REQUIRE(statx(AT_FDCWD, (dir / name).c_str(), 0, STATX_BTIME, &status) == 0);
    REQUIRE((status.stx_mask & STATX_BTIME) != 0);
    REQUIRE(rmdir((dir / name).c_str()) == 0);
    return std::pair(status.stx_btime.tv_sec, status.stx_btime.tv_nsec);
  };
  const auto start = birth("tick");
  while (birth("tick") == start) {
  }
}

/// A directory of snapshots, born one after the other.
class Backups {
 public:
  Backups() { plant(dir.path(), {makeFile("seed")}); }

  /// One more, modified on this day.
  void add(const TreeEntry& entry, time_t day) {
    plant(dir.path(), {entry});
    const timespec times[] = {{0, UTIME_OMIT}, {day * 86400, 0}};
    REQUIRE(utimensat(AT_FDCWD, (dir / entry.name).c_str(), times, 0) == 0);
    layers_.emplace_back().name = entry.name;
    awaitTick(dir);
  }

  void add(const std::string& name, time_t day) { add(copyOf(name), day); }

  [[nodiscard]] RemovableSnapshots find(OrderChoice order = OrderChoice::automatic) const {
    return removableSnapshots(dir.path(), layers_, order);
  }

  [[nodiscard]] Names removable(OrderChoice order = OrderChoice::automatic) const {
    Names names;
    for (const std::uint32_t layer : find(order).layers) {
      names.push_back(layers_[layer].name);
    }
    return names;
  }

  const TempDir dir;

 private:
  std::vector<LayerCounts> layers_;
};

TEST_CASE("a NAME.0 on a copied disk is the newest, whatever its birth") {
  Backups backups;
  for (int number = 0; number < 4; ++number) {
    backups.add("daily." + std::to_string(number), 4 - number);
  }
  CHECK(backups.removable() == Names{"daily.3", "daily.2", "daily.1"});
  CHECK(backups.find().made.at("daily.3") == SystemTime(std::chrono::nanoseconds(86400999999999)));
}

TEST_CASE("names that contradict the times leave nothing to remove until a choice is made") {
  Backups backups;
  backups.add("2024-01-03", 1);
  backups.add("2024-01-02", 2);
  backups.add("2024-01-01", 3);
  CHECK(backups.removable().empty());
  CHECK(backups.find().conflict);
  CHECK(backups.removable(OrderChoice::name) == Names{"2024-01-01", "2024-01-02"});
}

TEST_CASE("what a symlink leads to or into stays") {
  Backups backups;
  plant(backups.dir.path(), {makeDir("a")});
  Names names;
  for (int day = 1; day < 8; ++day) {
    names.push_back("a/2024-01-0" + std::to_string(day));
  }
  for (const std::string& name : names) {
    plant(backups.dir.path(), {makeDir("a", {copyOf(name.substr(2))})});
  }
  plant(backups.dir.path(), {makeSymlink("current", "a/2024-01-01"),
                             makeDir("a", {makeSymlink("latest", "2024-01-02/"),
                                           makeSymlink("file", "./2024-01-03/file"),
                                           makeSymlink("abroad", "/volume1/backup/a/2024-01-04"),
                                           makeSymlink("elsewhere", "../2024-01-05"),
                                           makeSymlink("nowhere", "/"), makeSymlink("up", "..")})});
  std::vector<LayerCounts> layers(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    layers[i].name = names[i];
  }
  CHECK(removableSnapshots(backups.dir.path(), layers, OrderChoice::automatic).layers ==
        std::vector<std::uint32_t>{4, 5});
}

TEST_CASE("a pool among snapshots whose names have no scheme is no copy of them and stays") {
  Backups backups;
  backups.add(makeDir("pool", {makeLink("0123", "seed")}), 0);
  backups.add("monday", 0);
  backups.add("tuesday", 0);
  backups.add("sunday", 0);
  CHECK(backups.removable() == Names{"monday", "tuesday"});
  CHECK(backups.find().no_copies == Names{"pool"});
}

TEST_CASE("hosts are series of snapshots and stay") {
  Backups backups;
  for (const char* const host : {"alpha", "beta"}) {
    backups.add(makeDir(host, {copyOf("2024-01-01"), copyOf("2024-01-02")}), 0);
  }
  CHECK(backups.removable().empty());
  CHECK(backups.find().holders == Names{"alpha", "beta"});
}

TEST_CASE("directories whose age nothing tells are called unordered") {
  Backups backups;
  backups.add("one", 0);
  CHECK_FALSE(backups.find().unordered);
  backups.add("other", 0);
  CHECK(backups.find(OrderChoice::name).unordered);
  CHECK(backups.removable(OrderChoice::name).empty());
  CHECK(backups.removable() == Names{"one"});
}

}  // namespace
}  // namespace hardlink
