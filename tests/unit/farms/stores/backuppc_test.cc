#include "farms/stores/kinds.h"
#include "unit/farms/evidence/claims.h"

namespace hardlink {
namespace {

using Names = std::vector<std::string>;

TreeEntry pool(const std::string& name) {
  return makeDir(name, {makeDir("0", {makeDir("1", {makeDir("2", {makeFile("0123456789")})})})});
}

TreeEntry host(const std::string& name, std::vector<TreeEntry> entries) {
  return makeDir(name, std::move(entries));
}

TreeEntry backup(const std::string& number) {
  return makeDir(number, {makeDir("f%2f", {makeLink("fa", "cpool/0/1/2/0123456789")})});
}

/// A line of pc/HOST/backups. Fields that do not matter are empty.
std::string line(const std::string& number, const std::string& type, const std::string& no_fill) {
  return number + "\t" + type + std::string(16, '\t') + no_fill + "\t\t1\trsync\t0\n";
}

const ClaimedLayer& layerAt(const Claim& claim, const std::string& path) {
  for (const ClaimedSeries& series : claim.series) {
    for (const ClaimedLayer& layer : series.layers) {
      if (layer.layer == path) {
        return layer;
      }
    }
  }
  throw std::out_of_range(path);
}

TEST_CASE("BackupPC 3 is recognised by a pool of linked files, and each host is a series") {
  const TempDir top;
  plant(top.path(),
        {pool("cpool"), makeDir("pool"),
         makeDir("pc",
                 {host("alpha", {backup("0"), backup("7"), makeDir("new"), makeFile("backups")}),
                  host("beta", {backup("3")}), host("gamma", {})})});
  const auto claim = claimOf(kBackupPc, top);
  REQUIRE(claim);
  REQUIRE(claim->series.size() == 2);
  CHECK(claim->series[0].name == "pc/alpha");
  CHECK(claim->series[1].name == "pc/beta");
  CHECK(layersOf(claim) == Names{"pc/alpha/0", "pc/alpha/7", "pc/beta/3"});
  CHECK(claim->link_limit == 31'999);
}

TEST_CASE("neither BackupPC 4, whose pool has no links, nor hosts without a pool are claimed") {
  const TempDir top;
  plant(top.path(), {pool("cpool"), makeDir("pc", {host("alpha", {makeDir("0")})})});
  CHECK_FALSE(claimOf(kBackupPc, top));
  const TempDir no_pool;
  plant(no_pool.path(),
        {makeDir("pc",
                 {host("alpha", {makeDir("0", {makeFile("x")}), makeLink("y", "pc/alpha/0/x")})})});
  CHECK_FALSE(claimOf(kBackupPc, no_pool));
}

TEST_CASE("BackupPC's own limit is read from the configuration that is in its directory") {
  const TempDir top;
  plant(top.path(), {pool("cpool"), makeDir("pc", {host("alpha", {backup("0")})}),
                     makeDir("conf", {makeFile("config.pl",
                                               "# $Conf{HardLinkMax} = 1;\n"
                                               "$Conf{HardLinkMax} = 64000;  # ext4\n")})});
  CHECK(claimOf(kBackupPc, top)->link_limit == 64'000);
}

TEST_CASE("a configuration of BackupPC without a sensible limit leaves the default") {
  for (const char* const value : {"'many'", "0", "-3", "99999999999999999999", ""}) {
    INFO(value);
    const TempDir top;
    plant(top.path(), {pool("cpool"), makeDir("pc", {host("alpha", {backup("0")})}),
                       makeDir("conf", {makeFile("config.pl", std::string("$Conf{HardLinkMax} = ") +
                                                                  value + ";\n")})});
    CHECK(claimOf(kBackupPc, top)->link_limit == 31'999);
  }
}

TEST_CASE("incremental, partial and needed backups are read from the list of the host") {
  const TempDir top;
  plant(top.path(),
        {pool("cpool"),
         makeDir("pc",
                 {host("alpha",
                       {backup("0"), backup("1"), backup("2"), backup("3"), backup("4"),
                        makeFile("backups", line("0", "full", "0") + line("1", "incr", "1") +
                                                line("2", "full", "0") + line("3", "incr", "0") +
                                                line("4", "partial", "0"))})})});
  const auto claim = claimOf(kBackupPc, top);
  REQUIRE(claim);
  CHECK(layersOf(claim) == Names{"pc/alpha/0", "pc/alpha/1", "pc/alpha/2", "pc/alpha/3"});
  CHECK(layersOf(claim, true) == Names{"pc/alpha/4"});
  CHECK_FALSE(layerAt(*claim, "pc/alpha/0").no_head);
  CHECK(layerAt(*claim, "pc/alpha/1").no_head);
  CHECK(layerAt(*claim, "pc/alpha/3").no_head);

  const auto removal = [&](const std::string& path) {
    return kBackupPc.removal(top.path(), layerAt(*claim, path));
  };
  CHECK(removal("pc/alpha/1").command == Names{"BackupPC_backupDelete", "-h", "alpha", "-n", "1"});
  CHECK(removal("pc/alpha/2").command == Names{"BackupPC_backupDelete", "-h", "alpha", "-n", "2"});
  CHECK(removal("pc/alpha/0").command.empty());
  CHECK_FALSE(removal("pc/alpha/0").expiry.empty());
}

TEST_CASE("the newest full backup is the head, and it and the newest of all stay") {
  const TempDir top;
  plant(top.path(),
        {pool("cpool"),
         makeDir("pc", {host("alpha",
                             {backup("0"), backup("1"), backup("2"), backup("3"),
                              makeFile("backups", line("0", "full", "0") + line("1", "full", "0") +
                                                      line("2", "incr", "1") +
                                                      line("3", "incr", "1"))})})});
  const Farm farm = farmOf(top);
  CHECK(farm.tool == Tool::backuppc);
  CHECK(farm.layout == Layout::store);
  CHECK(farm.link_limit == 31'999);
  CHECK(farm.heads == Names{"pc/alpha/1"});
  REQUIRE(farm.removable.size() == 2);
  CHECK(farm.removable[0].layer == "pc/alpha/0");
  CHECK(farm.removable[1].layer == "pc/alpha/2");
}

}  // namespace
}  // namespace hardlink
