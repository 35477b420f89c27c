#include "farms/recognise.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>
#include <map>

#include "unit/farms/evidence/claims.h"

namespace hardlink {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;

/// A directory with `files` links to `seed`.
TreeEntry snapshot(const std::string& name, const std::string& seed, unsigned files = 3) {
  return makeDir(name, {makeLinks("f", files, seed)});
}

std::vector<TreeEntry> snapshots(const std::vector<std::string>& names, const std::string& seed) {
  std::vector<TreeEntry> entries;
  for (const std::string& name : names) {
    entries.push_back(snapshot(name, seed));
  }
  return entries;
}

void touch(const std::string& path, std::int64_t seconds) {
  const struct timespec time { seconds, 0 };
  const struct timespec times[2] = {time, time};
  REQUIRE(utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW) == 0);
}

/// Waits until a new file in `dir` gets a later time than all files there.
void waitForTheClock(const TempDir& dir) {
  const auto modified = [&](const std::string& path) {
    struct stat status {};
    REQUIRE(lstat(path.c_str(), &status) == 0);
    return std::pair(status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
  };
  const TempDir elsewhere(dir.path());
  const auto before = modified(elsewhere.path());
  do {
    plant(elsewhere.path(), {makeFile("now")});
    fs::remove(elsewhere / "now");
  } while (modified(elsewhere.path()) == before);
}

using Strings = std::vector<std::string>;

Strings removableOf(const Farm& farm) {
  Strings layers;
  for (const RemovableLayer& layer : farm.removable) {
    layers.push_back(layer.layer);
  }
  return layers;
}

TEST_CASE("home directories that share a file are not recognised as snapshots") {
  const TempDir dir;
  plant(dir.path(), {makeDir("alice", {makeFile("big.iso")}),
                     makeDir("bob", {makeLink("big.iso", "alice/big.iso")}),
                     makeDir("carol", {makeFile("x")})});
  const Farm farm = farmOf(dir);
  CHECK(farm.layout == Layout::none);
  CHECK(farm.layers.empty());
  CHECK(farm.removable.empty());
  CHECK_THAT(farm.reason, Contains("alice and bob are copies") && Contains("--layout=snapshots"));

  const Farm forced = farmOf(dir, {.layout = LayoutChoice::snapshots});
  CHECK(forced.layers == Strings{"alice", "bob"});
}

TEST_CASE("neither directories that share a file nor a store beside them are layers") {
  const TempDir dir;
  plant(dir.path(), {makeDir("a", {makeFile("x")}), makeDir("b", {makeLink("x", "a/x")}),
                     makeDir("store", {makeFile("s"), makeLinks("l", 50, "store/s")})});
  CHECK(farmOf(dir).layers.empty());
}

TEST_CASE("names and modification times decide the order, not the births on a copied disk") {
  const TempDir dir;
  plant(dir.path(), {makeFile("seed")});
  for (int n = 0; n < 7; ++n) {
    plant(dir.path(), {snapshot("daily." + std::to_string(n), "seed")});
  }
  for (int n = 0; n < 7; ++n) {
    touch(dir / ("daily." + std::to_string(n)), 1'000'000 - n * 86'400);
  }
  const Farm farm = farmOf(dir);
  CHECK(farm.layout == Layout::snapshots);
  CHECK(farm.tool == Tool::rsync);
  CHECK(farm.heads == Strings{"daily.0"});
  CHECK(removableOf(farm) ==
        Strings{"daily.6", "daily.5", "daily.4", "daily.3", "daily.2", "daily.1"});
  CHECK(farm.removable.front().command == Strings{"rm", "-rf", "--", dir / "daily.6"});
}

TEST_CASE("each host's dates are a series, and its newest date is a head") {
  const TempDir dir;
  plant(dir.path(), {makeFile("seed")});
  for (const char* const host : {"alpha", "beta", "gamma"}) {
    plant(dir.path(),
          {makeDir(host,
                   snapshots({"2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"}, "seed"))});
  }
  for (const FarmOptions& options : {FarmOptions{}, FarmOptions{.globs = {"*/*"}}}) {
    const Farm farm = farmOf(dir, options);
    CHECK(farm.layers.size() == 12);
    REQUIRE(farm.series.size() == 3);
    CHECK(farm.series[1].name == "beta");
    CHECK(farm.heads == Strings{"alpha/2024-01-04", "beta/2024-01-04", "gamma/2024-01-04"});
    CHECK(removableOf(farm) == Strings{"alpha/2024-01-01", "beta/2024-01-01", "gamma/2024-01-01",
                                       "alpha/2024-01-02", "beta/2024-01-02", "gamma/2024-01-02",
                                       "alpha/2024-01-03", "beta/2024-01-03", "gamma/2024-01-03"});
  }
}

TEST_CASE("the next snapshot of a series is expected in the directory that holds the others") {
  const TempDir dir;
  plant(dir.path(), {makeFile("seed")});
  for (const char* const host : {"alpha", "beta"}) {
    plant(dir.path(), {makeDir(host, snapshots({"2024-01-01", "2024-01-02"}, "seed"))});
  }
  const Farm farm = farmOf(dir);
  CHECK(farm.layer_holders == Strings{"alpha", "beta"});
  REQUIRE(farm.series.size() == 2);
  CHECK(farm.series[1].holder == "beta");
  CHECK(farm.makers_own.kept == MakersOwn::Objects{.inodes = 0, .blocks = 0, .bytes = 2 * 20});
}

TEST_CASE("a snapshot also costs the directory and the files that its tool wraps it in") {
  const TempDir dir;
  plant(dir.path(), {makeFile("seed")});
  for (const char* const date : {"2024-01-15_03-00-01", "2024-01-16_03-00-01"}) {
    plant(dir.path(),
          {makeDir("snapshots", {makeDir(date, {makeDir("localhost", {makeLinks("f", 3, "seed")}),
                                                makeFile("info.json", "{}")})})});
  }
  const Farm farm = farmOf(dir);
  CHECK(farm.tool == Tool::timeshift);
  CHECK(farm.layer_holders == Strings{"snapshots"});
  CHECK(farm.makers_own.kept.inodes == 8);
  CHECK(farm.makers_own.kept.blocks == 8);
}

TEST_CASE("hosts without shared files are series each, even a host with a single snapshot") {
  const TempDir dir;
  plant(dir.path(), {makeFile("one"), makeFile("two"), makeFile("three"),
                     makeDir("alpha", snapshots({"2024-01-01", "2024-01-02"}, "one")),
                     makeDir("beta", snapshots({"2024-01-01", "2024-01-02"}, "two")),
                     makeDir("gamma", snapshots({"2024-01-02"}, "three")),
                     makeDir("delta", {makeDir("2024", {makeFile("x")})})});
  const Farm farm = farmOf(dir);
  CHECK(farm.layers == Strings{"alpha/2024-01-01", "alpha/2024-01-02", "beta/2024-01-01",
                               "beta/2024-01-02", "gamma/2024-01-02"});
  CHECK(farm.heads == Strings{"alpha/2024-01-02", "beta/2024-01-02", "gamma/2024-01-02"});
}

TEST_CASE("a directory that is no copy, has no date or is unfinished is no layer") {
  const TempDir dir;
  plant(dir.path(),
        {makeFile("seed"), snapshot("2024-01-01", "seed"), snapshot("2024-01-02", "seed"),
         makeDir("2024-01-03", {makeFile("own")}), snapshot("keep", "seed"),
         snapshot("2024-01-04.inprogress", "seed"), snapshot("pool", "seed"),
         makeDir("env1", {makeFile("x")}), makeDir("env2", {makeLink("x", "env1/x")})});
  const Farm farm = farmOf(dir);
  CHECK(farm.layers == Strings{"2024-01-01", "2024-01-02"});
  CHECK(farm.heads == Strings{"2024-01-02"});
  CHECK(removableOf(farm) == Strings{"2024-01-01"});
}

TEST_CASE("a snapshot that a symlink points to is not removable") {
  const TempDir dir;
  plant(dir.path(),
        {makeFile("seed"), snapshot("2024-01-01", "seed"), snapshot("2024-01-02", "seed"),
         snapshot("2024-01-03", "seed"), makeSymlink("known-good", "2024-01-01")});
  CHECK(removableOf(farmOf(dir)) == Strings{"2024-01-02"});
}

TEST_CASE("the newest snapshot is the head, even if older ones have more links") {
  const TempDir dir;
  plant(dir.path(), {makeFile("hot"), makeFile("cold")});
  for (const char* const day : {"2024-01-01", "2024-01-02", "2024-01-03"}) {
    plant(dir.path(), {makeDir(day, {makeLink("small", "cold"), makeLinks("h", 20, "hot")})});
  }
  plant(dir.path(), {makeDir("2024-01-04", {makeLink("small", "cold")})});
  const Farm farm = farmOf(dir);
  CHECK(farm.layers.size() == 4);
  CHECK(farm.heads == Strings{"2024-01-04"});
}

TEST_CASE("if names and times contradict each other, no snapshot is removable") {
  const TempDir dir;
  plant(dir.path(), {makeFile("seed")});
  for (const char* const day : {"2024-01-03", "2024-01-02", "2024-01-01"}) {
    plant(dir.path(), {snapshot(day, "seed")});
    waitForTheClock(dir);
  }
  touch(dir / "2024-01-01", 3000);
  touch(dir / "2024-01-02", 2000);
  touch(dir / "2024-01-03", 1000);
  const Farm farm = farmOf(dir);
  CHECK(farm.removable.empty());
  REQUIRE(farm.conflict);
  CHECK(farm.heads == Strings{"2024-01-01", "2024-01-03"});
  CHECK_THAT(farm.doubt, Contains("--order=name or --order=time"));
  CHECK(removableOf(farmOf(dir, {.order = OrderChoice::name})) ==
        Strings{"2024-01-01", "2024-01-02"});
  CHECK(removableOf(farmOf(dir, {.order = OrderChoice::time})) ==
        Strings{"2024-01-03", "2024-01-02"});
}

TEST_CASE("if two levels have names with a scheme, the upper level has the snapshots") {
  const TempDir dir;
  plant(dir.path(), {makeFile("seed")});
  for (const char* const day : {"2024-01-01", "2024-01-02"}) {
    plant(dir.path(), {makeDir(day, {snapshot("1", "seed"), snapshot("2", "seed")})});
  }
  CHECK(farmOf(dir).layers == Strings{"2024-01-01", "2024-01-02"});
}

TEST_CASE("series are found down to five levels below the root") {
  const TempDir dir;
  const auto days = snapshots({"2024-01-01", "2024-01-02"}, "seed");
  plant(dir.path(), {makeFile("seed"), makeDeep("d", 5, days)});
  CHECK(farmOf(dir).layers == Strings{"d/d/d/d/d/2024-01-01", "d/d/d/d/d/2024-01-02"});
  const TempDir deeper;
  plant(deeper.path(), {makeFile("seed"), makeDeep("d", 6, days)});
  CHECK(farmOf(deeper).layers.empty());
}

TEST_CASE("excluded directories are not searched") {
  const TempDir dir;
  plant(dir.path(),
        {makeFile("seed"), makeDir("a", snapshots({"2024-01-01", "2024-01-02"}, "seed")),
         makeDir("b", snapshots({"2024-01-01", "2024-01-02"}, "seed"))});
  CHECK(farmOf(dir, {.exclude = {"b"}}).layers == Strings{"a/2024-01-01", "a/2024-01-02"});
}

TEST_CASE("configured layers are removable only if a newer one is a copy of them") {
  const TempDir dir;
  plant(dir.path(), {makeDir("blue", {makeFile("own")})});
  waitForTheClock(dir);
  plant(dir.path(), {makeFile("seed"), snapshot("red", "seed"), snapshot("green", "seed")});
  const Farm farm = farmOf(dir, {.globs = {"{red,green}", "bl*"}});
  CHECK(farm.layers == Strings{"blue", "green", "red"});
  CHECK(farm.no_copies == Strings{"blue"});
  CHECK(farmOf(dir, {.globs = {"nothing*"}}).layers.empty());
}

TEST_CASE("copies whose symlinks are linked come from cp -al, others from rsync") {
  const TempDir dir;
  plant(dir.path(), {makeDir("2024-01-01", {makeFile("a"), makeSymlink("s", "a")}),
                     makeDir("2024-01-02", {makeLink("a", "2024-01-01/a"), makeSymlink("s", "a")}),
                     makeFile("other")});
  CHECK_FALSE(farmOf(dir).links_special_files);
  fs::remove(dir / "2024-01-02/s");
  REQUIRE(linkat(AT_FDCWD, (dir / "2024-01-01/s").c_str(), AT_FDCWD, (dir / "2024-01-02/s").c_str(),
                 0) == 0);
  CHECK(farmOf(dir).links_special_files);
}

/// Finds the children that hold each sampled inode by reading all of them.
std::vector<LocatedInode> locate(const TempDir& dir, const Farm& farm) {
  std::map<std::uint64_t, std::map<std::string, bool>> found;
  for (const auto& entry : fs::recursive_directory_iterator(dir.path())) {
    struct stat status {};
    REQUIRE(lstat(entry.path().c_str(), &status) == 0);
    const fs::path relative = fs::path(entry.path()).lexically_relative(dir.path());
    found[status.st_ino][relative.begin()->string()] = true;
  }
  std::vector<LocatedInode> located;
  for (const auto& [inode, children] : found) {
    const bool asked = std::any_of(
        farm.samples.begin(), farm.samples.end(),
        [&, number = inode](const SampledInode& sample) { return sample.inode == number; });
    if (asked) {
      located.push_back({inode, {}});
      for (const auto& [child, unused] : children) {
        located.back().children.push_back(child);
      }
    }
  }
  return located;
}

Farm afterCensus(const TempDir& dir) {
  Farm farm = farmOf(dir);
  const auto root = os::openRoot(dir.path());
  REQUIRE(root);
  concludeStore(root->get(), locate(dir, farm), farm);
  return farm;
}

TEST_CASE("a child that holds most files of two others is a store of an unknown tool") {
  const TempDir dir;
  plant(dir.path(),
        {makeDir("cas", {makeFile("00"), makeFile("01"), makeFile("02")}),
         makeDir("out1", {makeLink("a", "cas/00"), makeLink("b", "cas/01")}),
         makeDir("out2", {makeDir("x", {makeLink("c", "cas/01"), makeLink("d", "cas/02")})}),
         makeDir("other", {makeFile("y")})});
  const Farm farm = afterCensus(dir);
  CHECK(farm.layout == Layout::store);
  CHECK(farm.tool == Tool::unknown);
  CHECK(farm.users == Strings{"out1", "out2"});
  CHECK_THAT(farm.reason, Contains("cas"));
}

TEST_CASE("home directories that share a file under different names are no store") {
  const TempDir dir;
  plant(dir.path(), {makeDir("alice", {makeFile("a")}), makeDir("bob", {makeLink("b", "alice/a")}),
                     makeDir("carol", {makeLink("c", "alice/a")})});
  CHECK(afterCensus(dir).layout == Layout::none);
}

}  // namespace
}  // namespace hardlink
