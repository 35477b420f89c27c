#include "farms/snapshots/kinds.h"
#include "unit/farms/evidence/claims.h"

namespace hardlink {
namespace {

using Names = std::vector<std::string>;

TreeEntry snapshot(const std::string& id) {
  return makeDir(id, {makeDir("backup", {makeFile("x")}), makeFile("info"), makeFile("config")});
}

TEST_CASE("snapshots of Back In Time are recognised by backup/ and info; the layer is backup/") {
  const TempDir top;
  plant(top.path(),
        {makeDir("1", {snapshot("20240115-030000-123"), snapshot("20240116-030000"),
                       makeDir("new_snapshot", {makeDir("backup"), makeFile("save_to_continue")}),
                       makeDir("20240117-030000-123", {makeDir("backup")}), snapshot("monday"),
                       makeSymlink("last_snapshot", "20240116-030000")})});
  const auto claim = claimOf(kBackInTime, top, "1");
  REQUIRE(claim);
  CHECK_FALSE(claim->needs_copies);
  REQUIRE(claim->series.size() == 1);
  CHECK(claim->series.front().name == "1");
  CHECK(claim->series.front().layers ==
        std::vector<ClaimedLayer>{{"1/20240115-030000-123/backup", "1/20240115-030000-123"},
                                  {"1/20240116-030000/backup", "1/20240116-030000"}});
  CHECK_FALSE(claimOf(kBackInTime, top));
}

TEST_CASE("a snapshot of Back In Time with a file `failed` is no head") {
  const TempDir top;
  plant(top.path(), {snapshot("20240115-030000-123"), snapshot("20240116-030000-123")});
  plant(top / "20240116-030000-123", {makeFile("failed")});
  const auto claim = claimOf(kBackInTime, top);
  REQUIRE(claim);
  CHECK_FALSE(claim->series.front().layers[0].no_head);
  CHECK(claim->series.front().layers[1].no_head);
}

TEST_CASE("names like those of Back In Time are no evidence without backup/ and info") {
  const TempDir top;
  plant(top.path(), {makeDir("20240115-030000-123", {makeFile("info")}),
                     makeDir("20240116-030000-123", {makeFile("backup"), makeFile("info")})});
  CHECK_FALSE(claimOf(kBackInTime, top));
}

TEST_CASE("snapshots of the user root are not taken for Docker's layers") {
  const TempDir top;
  plant(top.path(),
        {makeDir("backintime",
                 {makeDir("host1",
                          {makeDir("root", {makeDir("1", {snapshot("20240115-030000-123"),
                                                          snapshot("20240116-030000-123")})})})})});
  const Farm farm = farmOf(top);
  CHECK(farm.tool == Tool::backintime);
  CHECK(farm.layout == Layout::snapshots);
  REQUIRE(farm.series.size() == 1);
  CHECK(farm.series.front().heads == Names{"backintime/host1/root/1/20240116-030000-123/backup"});
}

TEST_CASE("neither a failed snapshot of Back In Time nor the head is removable") {
  const TempDir top;
  plant(top.path(), {snapshot("20240115-030000-123"), snapshot("20240116-030000-123"),
                     snapshot("20240117-030000-123")});
  plant(top / "20240117-030000-123", {makeFile("failed")});
  const Farm farm = farmOf(top);
  CHECK(farm.heads == Names{"20240116-030000-123/backup"});
  REQUIRE(farm.removable.size() == 1);
  CHECK(farm.removable.front().layer == "20240115-030000-123/backup");
}

TEST_CASE("a snapshot of Back In Time has a removal command only if the path has the profile") {
  const auto removal = [](const std::string& root, const std::string& snapshot) {
    return kBackInTime.removal(root, {snapshot + "/backup", snapshot});
  };
  const Names command = {"backintime", "--profile-id", "2", "remove", "20240115-030000-123"};
  CHECK(removal("/mnt", "backintime/vm/root/2/20240115-030000-123").command == command);
  CHECK(removal("/mnt/backintime/vm/root/2", "20240115-030000-123").command == command);
  CHECK(removal("/mnt/backintime/vm", "root/2/20240115-030000-123").expiry.empty());
  for (const char* const other : {"backintime/vm/root/main/20240115-030000-123",
                                  "backups/vm/root/2/20240115-030000-123", "20240115-030000-123"}) {
    INFO(other);
    CHECK(removal("/mnt", other).command.empty());
    CHECK_FALSE(removal("/mnt", other).expiry.empty());
  }
}

}  // namespace
}  // namespace hardlink
