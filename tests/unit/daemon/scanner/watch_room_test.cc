// What the watch says of a filesystem that runs out of something between two censuses. Needs root.

#include <unistd.h>

#include <algorithm>

#include "daemon/scanner/scanner.h"
#include "support/catch.h"
#include "support/loop_mount.h"
#include "support/skip.h"
#include "unit/daemon/scanner/reader.h"

namespace hardlink {
namespace {

using namespace std::chrono_literals;

const SkipBinary needs_loop_mounts(whyNoLoopMounts());

/// One census, and the watch from then on.
Config watching(const std::string& path) {
  Config config = configFor({rootAt(path)});
  config.scan.interval = 24h;
  return config;
}

const CensusReport& censusIn(const Report& report) { return *report.roots[0].census; }

std::uint64_t inodesLeft(const Report& report) {
  const auto& census = report.roots[0].census;
  return census && census->filesystem.room.inodes ? census->filesystem.room.inodes->left
                                                  : UINT64_MAX;
}

const LimitReport& limitIn(const Report& report, Limit limit) {
  const auto& limits = censusIn(report).limits;
  const auto found = std::find_if(limits.begin(), limits.end(),
                                  [&](const LimitReport& entry) { return entry.limit == limit; });
  REQUIRE(found != limits.end());
  return *found;
}

TEST_CASE("the watch reports inodes that run out between censuses as the first limit") {
  const LoopMount mount({.mkfs_options = {"-N", "128"}, .size_bytes = 8U << 20U});
  plant(mount.path(), {makeDir("s", {makeDir("daily.0", {makeFile("f"), makeFile("g")}),
                                     makeDir("daily.1", {makeLink("f", "s/daily.0/f"),
                                                         makeLink("g", "s/daily.0/g")})}),
                       makeDir("elsewhere")});
  Reader reader;
  Scanner scanner(reader.receiver());
  scanner.configure(watching(mount / "s"));
  const auto before = reader.await([](const Report& r) { return r.roots[0].status.up == true; });
  const std::uint64_t left = inodesLeft(*before);
  REQUIRE(left > 50);
  REQUIRE(left < 128);
  CHECK(limitIn(*before, Limit::inodes).extractions_remaining == left);
  for (std::uint64_t i = 0; i + 2 < left; ++i) {
    plant(mount / "elsewhere", {makeFile(std::to_string(i))});
  }
  const auto after = reader.await([](const Report& r) { return inodesLeft(r) == 2; });
  CHECK(censusIn(*after).first_limit == Limit::inodes);
  CHECK(censusIn(*after).extractions_remaining == 2U);
  CHECK(limitIn(*after, Limit::inodes).remaining == 2);
  CHECK(after->roots[0].status.successes == 1);
  REQUIRE(unlink((mount / "elsewhere/0").c_str()) == 0);
  const auto freed = reader.await([](const Report& r) { return inodesLeft(r) == 3; });
  CHECK(censusIn(*freed).extractions_remaining == 3U);
}

TEST_CASE("space is what the most limited writer of layers gets") {
  const LoopMount mount({.mkfs_options = {"-b", "1024", "-m", "30"}, .size_bytes = 16U << 20U});
  plant(mount.path(), {makeDir("s", {makeFile("seed")})});
  for (const char* host : {"alice", "bob"}) {
    for (const char* date : {"2024-01-01", "2024-01-02", "2024-01-03"}) {
      plant(mount / "s", {makeDir(host, {makeDir(date, {makeLinks("f", 3, "seed")})})});
    }
  }
  Reader reader;
  Scanner scanner(reader.receiver());
  scanner.configure(watching(mount / "s"));
  const auto before = reader.await([](const Report& r) { return r.roots[0].status.up == true; });
  REQUIRE(censusIn(*before).series.size() == 2);
  const Quota for_root = censusIn(*before).filesystem.room.bytes.value();
  REQUIRE(chown((mount / "s/bob").c_str(), 1000, 1000) == 0);
  const auto after = reader.await([&](const Report& r) {
    return censusIn(r).filesystem.room.bytes->left < for_root.left * 3 / 4;
  });
  CHECK(censusIn(*after).filesystem.room.inodes == censusIn(*before).filesystem.room.inodes);
  CHECK(after->roots[0].status.successes == 1);
  scanner.configure(watching(mount / "s"));  // a census follows
  const auto later = reader.await([](const Report& r) { return r.roots[0].status.successes == 2; });
  CHECK(censusIn(*later).filesystem.room == censusIn(*after).filesystem.room);
}

TEST_CASE("the watch notices space that runs out in a root without files") {
  const LoopMount mount({.mkfs_options = {"-b", "1024"}, .size_bytes = 16U << 20U});
  plant(mount.path(), {makeDir("s", {makeDir("a"), makeDir("b")})});
  Reader reader;
  Scanner scanner(reader.receiver());
  scanner.configure(watching(mount / "s"));
  const auto before = reader.await([](const Report& r) { return r.roots[0].status.up == true; });
  const Quota all = censusIn(*before).filesystem.room.bytes.value();
  plant(mount.path(), {makeFile("big", std::string(5U << 20U, 'x'))});
  sync();  // until then some of it may be reserved for what maps it
  const auto after = reader.await([&](const Report& r) {
    return censusIn(r).filesystem.room.bytes->left + (5U << 20U) <= all.left;
  });
  CHECK(censusIn(*after).filesystem.room.bytes->of == all.of);
  CHECK(limitIn(*after, Limit::space).remaining ==
        static_cast<std::int64_t>(censusIn(*after).filesystem.room.bytes->left));
}

}  // namespace
}  // namespace hardlink
