#include "commands/check/verdict.h"

#include <string>
#include <vector>

#include "support/catch.h"

namespace hardlink {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const SystemTime kNow = std::chrono::system_clock::from_time_t(1'795'000'000);
const Thresholds kUsual;
const Thresholds kLinks{.warning_links = fewerThan(1000), .critical_links = fewerThan(200)};

RootReport root(std::string name, std::optional<std::uint64_t> layers,
                std::optional<std::int64_t> headroom = 5703) {
  RootReport result;
  result.name = std::move(name);
  result.status.up = true;
  result.status.last_success = kNow - seconds(1);
  CensusReport& census = result.census.emplace();
  census.complete = true;
  census.layers = 301;
  census.extractions_remaining = layers;
  census.headroom_links = headroom;
  census.filesystem.link_limit = 65000;
  return result;
}

Verdict on(const std::vector<RootReport>& roots, const Thresholds& thresholds = kUsual) {
  return verdictOn(Report{roots}, thresholds, {kNow, minutes(15)});
}

VerdictState stateOf(const RootReport& only, const Thresholds& thresholds = kUsual) {
  const Verdict verdict = on({only}, thresholds);
  CHECK(verdict.roots.at(0).state == verdict.state);
  return verdict.state;
}

std::string remarkOn(const RootReport& only, const Thresholds& thresholds = kUsual) {
  return on({only}, thresholds).roots.at(0).remark;
}

TEST_CASE("fewer layers than a threshold alert, exactly as many do not") {
  CHECK(stateOf(root("docker", 20)) == VerdictState::ok);
  CHECK(stateOf(root("docker", 19)) == VerdictState::warning);
  CHECK(stateOf(root("docker", 5)) == VerdictState::warning);
  CHECK(stateOf(root("docker", 4)) == VerdictState::critical);
  CHECK(stateOf(root("docker", 0)) == VerdictState::critical);
}

TEST_CASE("fewer links than a threshold alert, and a file over the limit does") {
  CHECK(stateOf(root("store", 99, 1000), kLinks) == VerdictState::ok);
  CHECK(stateOf(root("store", 99, 999), kLinks) == VerdictState::warning);
  CHECK(stateOf(root("store", 99, 199), kLinks) == VerdictState::critical);
  CHECK(stateOf(root("store", 99, -3), kLinks) == VerdictState::critical);
  const Thresholds zero{.critical_links = fewerThan(0)};
  CHECK(stateOf(root("store", 99, 0), zero) == VerdictState::ok);
  CHECK(stateOf(root("store", 99, -1), zero) == VerdictState::critical);
}

TEST_CASE("a threshold that is not set never alerts") {
  CHECK(stateOf(root("docker", 0), {.critical_links = fewerThan(200)}) == VerdictState::ok);
  CHECK(stateOf(root("docker", 99, 0), {.critical = fewerThan(5)}) == VerdictState::ok);
  CHECK(stateOf(root("docker", 0), {.warning = fewerThan(5)}) == VerdictState::warning);
}

TEST_CASE("the graver of layers and links counts") {
  const Thresholds both{.warning = fewerThan(20), .critical_links = fewerThan(200)};
  CHECK(stateOf(root("docker", 10, 100), both) == VerdictState::critical);
  CHECK(stateOf(root("docker", 10, 5000), both) == VerdictState::warning);
}

/// A root that holds no layers.
RootReport store(std::int64_t headroom, std::uint64_t limit = 65000) {
  RootReport report = root("store", std::nullopt, headroom);
  report.census->layers = 0;
  report.census->filesystem.link_limit = limit;
  return report;
}

TEST_CASE("a root without layers is judged by links: below 10 % and 2 % of the limit") {
  CHECK(stateOf(store(6500)) == VerdictState::ok);
  CHECK(stateOf(store(6499)) == VerdictState::warning);
  CHECK(stateOf(store(1300)) == VerdictState::warning);
  CHECK(stateOf(store(1299)) == VerdictState::critical);
  CHECK(stateOf(store(0)) == VerdictState::critical);
  CHECK(stateOf(store(-1)) == VerdictState::critical);
  CHECK(remarkOn(store(6500)).empty());
}

TEST_CASE("a share of a limit that is no whole number of links is rounded as in scan's words") {
  // 10 % of 1023 are 102.3 links, 2 % are 20.46.
  CHECK(stateOf(store(103, 1023)) == VerdictState::ok);
  CHECK(stateOf(store(102, 1023)) == VerdictState::warning);
  CHECK(stateOf(store(21, 1023)) == VerdictState::warning);
  CHECK(stateOf(store(20, 1023)) == VerdictState::critical);
}

TEST_CASE("layers without a regular file bind nothing, so links are judged") {
  CHECK(stateOf(root("links", std::nullopt, 6500)) == VerdictState::ok);
  CHECK(stateOf(root("links", std::nullopt, 1299)) == VerdictState::critical);
}

TEST_CASE("general thresholds judge links in a root without layers") {
  const Thresholds given{.warning = fewerThan(100), .critical = fewerThan(50)};
  CHECK(stateOf(root("docker", 99, 5703), given) == VerdictState::warning);
  CHECK(stateOf(root("docker", 100, 0), given) == VerdictState::ok);
  CHECK(stateOf(store(100), given) == VerdictState::ok);
  CHECK(stateOf(store(99), given) == VerdictState::warning);
  CHECK(stateOf(store(49), given) == VerdictState::critical);
}

/// A store with so many full files, so many of them empty.
RootReport storeWithFull(std::uint64_t full, std::uint64_t empty) {
  RootReport report = store(0);
  report.census->saturated = {full, empty, (full - empty) * 4096};
  report.census->hot_inodes = {{1, 65000, 0, 1, 0, 0, "f", full > empty ? 9U : 0U},
                               {2, 23, 64977, 1, 0, 0, "g", 9}};
  return report;
}

TEST_CASE("a root without layers that has full files is critical, unless so many are allowed") {
  CHECK(stateOf(storeWithFull(3, 0)) == VerdictState::critical);
  CHECK(stateOf(storeWithFull(3, 0), {.allow_saturated = 2}) == VerdictState::critical);
  CHECK(stateOf(storeWithFull(3, 0), {.allow_saturated = 3}) == VerdictState::ok);
  CHECK(stateOf(storeWithFull(4, 1), {.allow_saturated = 3}) == VerdictState::ok);
  CHECK(stateOf(storeWithFull(3, 0), {.warning_links = fewerThan(0)}) == VerdictState::critical);
  CHECK(stateOf(storeWithFull(3, 0), {.critical = fewerThan(1), .allow_saturated = 3}) ==
        VerdictState::critical);
  CHECK(stateOf(store(0), {.allow_saturated = 0}) == VerdictState::ok);
  const RootVerdict verdict = on({storeWithFull(4, 1)}, {.allow_saturated = 3}).roots.at(0);
  CHECK(verdict.saturated == SaturatedInodes{4, 1, 12288});
  CHECK(verdict.full_inodes == AlertRange{0, 3});
  CHECK_FALSE(on({root("docker", 28)}).roots.at(0).full_inodes);
}

TEST_CASE("empty full files never alarm, and the fullest file with bytes is judged") {
  CHECK(stateOf(storeWithFull(2, 2)) == VerdictState::ok);
  RootReport nearly = storeWithFull(1, 1);
  nearly.census->hot_inodes[1].headroom_links = 1299;
  CHECK(stateOf(nearly) == VerdictState::critical);
  CHECK(stateOf(nearly, {.warning = fewerThan(2000)}) == VerdictState::warning);
  nearly.census->hot_inodes.clear();
  CHECK(stateOf(nearly) == VerdictState::ok);
}

TEST_CASE("a root with layers is judged only by its layers") {
  RootReport full = root("docker", 28, 0);
  full.census->saturated = {3, 0, 12288};
  CHECK(stateOf(full) == VerdictState::ok);
}

TEST_CASE("the first limit is the limit of the margin") {
  RootReport inodes = root("docker", 3, 64000);
  inodes.census->first_limit = Limit::inodes;
  CHECK(stateOf(inodes) == VerdictState::critical);
  CHECK(on({inodes}).roots.at(0).first_limit == Limit::inodes);
}

TEST_CASE("a full directory alarms in a root without layers, and is named") {
  RootReport report = store(60000);
  report.census->limits = {
      {.limit = Limit::subdirectories, .used = 901, .of = 1000, .remaining = 99, .path = "d"}};
  CHECK(stateOf(report) == VerdictState::warning);
  CHECK(on({report}).roots.at(0).fullness == "901 of 1000 subdirectories in d");
  CHECK(stateOf(report, {.warning = fewerThan(9)}) == VerdictState::ok);
  report.census->limits[0].remaining = 19;
  CHECK(stateOf(report) == VerdictState::critical);
  report.census->limits[0].remaining = 100;
  CHECK(stateOf(report) == VerdictState::ok);
  report.census->limits = {{.limit = Limit::names_per_directory,
                            .used = 16254,
                            .of = 16258,
                            .remaining = 4,
                            .path = "d",
                            .per_name = 18}};
  CHECK(stateOf(report) == VerdictState::critical);
  CHECK(on({report}).roots.at(0).fullness == "no more names of one file fit in d");
  report.census->limits[0].remaining = 18;
  CHECK(stateOf(report) == VerdictState::ok);
}

TEST_CASE("each figure comes with the range that judged it") {
  const auto usual = on({root("docker", 28), store(5000)}).roots;
  CHECK(usual.at(1).root == "docker");
  CHECK(usual.at(1).layers == AlertRanges{fewerThan(20), fewerThan(5)});
  CHECK(usual.at(1).links == AlertRanges{});
  CHECK(usual.at(0).layers == AlertRanges{});
  CHECK(usual.at(0).links == AlertRanges{fewerThan(6500), fewerThan(1300)});
  const Thresholds mixed{.warning = fewerThan(9), .critical_links = fewerThan(7)};
  CHECK(on({store(100)}, mixed).roots.at(0).links == AlertRanges{fewerThan(9), fewerThan(7)});
  CHECK(on({root("docker", 99)}, mixed).roots.at(0).links ==
        AlertRanges{std::nullopt, fewerThan(7)});
}

TEST_CASE("a root without a link limit is unknown, and the message names the flag for it") {
  for (const std::uint64_t layers : {0U, 301U}) {
    RootReport no_limit = root("nfs", std::nullopt, std::nullopt);
    no_limit.census->layers = layers;
    no_limit.census->filesystem.link_limit.reset();
    for (const Thresholds& thresholds : {kUsual, kLinks, Thresholds{.warning = fewerThan(3)}}) {
      CHECK(stateOf(no_limit, thresholds) == VerdictState::unknown);
      CHECK(remarkOn(no_limit, thresholds) ==
            "the link limit is unknown; --link-limit=N (link_limit in the configuration) gives it");
    }
  }
}

TEST_CASE("a refused link limit is noted and does not change the state") {
  RootReport refused = root("docker", 99);
  refused.census->filesystem.type = "ext4";
  refused.census->filesystem.refused_link_limit = 100000;
  CHECK(stateOf(refused) == VerdictState::ok);
  CHECK(on({refused}).roots.at(0).note ==
        "the link limit 100000 is above what ext4 allows; its own limit of 65000 holds");
}

TEST_CASE("an incomplete census is never OK, and alerts if its figures do") {
  RootReport incomplete = root("docker", 99);
  incomplete.census->complete = false;
  CHECK(stateOf(incomplete) == VerdictState::unknown);
  CHECK(remarkOn(incomplete) == "some directories could not be read");
  incomplete.census->extractions_remaining = 4;
  CHECK(stateOf(incomplete) == VerdictState::critical);
  CHECK(remarkOn(incomplete) == "some directories could not be read");
}

TEST_CASE("a root that is down is unknown, whatever its last figures") {
  for (const std::uint64_t layers : {0U, 99U}) {
    RootReport down = root("docker", layers);
    down.status.up = false;
    down.status.error = "open /srv: No such file or directory";
    const Verdict verdict = on({down});
    CHECK(verdict.state == VerdictState::unknown);
    CHECK(verdict.roots.at(0).remark == "open /srv: No such file or directory");
    CHECK_FALSE(verdict.roots.at(0).extractions_remaining);
    CHECK_FALSE(verdict.roots.at(0).headroom_links);
  }
}

TEST_CASE("before the first census has ended everything is unknown") {
  RootReport waiting;
  waiting.name = "docker";
  CHECK(stateOf(waiting) == VerdictState::unknown);
  CHECK(remarkOn(waiting) == "the first census has not ended");
  waiting.status.up = true;
  CHECK(stateOf(waiting) == VerdictState::unknown);
  CHECK(remarkOn(waiting) == "no figures");
}

TEST_CASE("figures are unknown once they are older than allowed") {
  RootReport old = root("docker", 99);
  old.status.last_success = kNow - minutes(15);
  CHECK(stateOf(old) == VerdictState::ok);
  old.status.last_success = kNow - minutes(15) - seconds(1);
  CHECK(stateOf(old) == VerdictState::unknown);
  CHECK(remarkOn(old) == "the figures are 901 s old, more than 900 s");
}

TEST_CASE(
    "figures from the future are fine while clocks differ a little, and unknown beyond that") {
  RootReport early = root("docker", 99);
  early.status.last_success = kNow + minutes(15);
  CHECK(stateOf(early) == VerdictState::ok);
  early.status.last_success = kNow + minutes(15) + seconds(1);
  CHECK(stateOf(early) == VerdictState::unknown);
  CHECK(remarkOn(early) == "the figures are dated 901 s in the future: a clock is wrong");
}

TEST_CASE("the age of figures is right for any date") {
  RootReport first = root("docker", 99);
  first.status.last_success = SystemTime::min();
  CHECK(remarkOn(first) == "the figures are 11018372037 s old, more than 900 s");
  RootReport last = root("docker", 99);
  last.status.last_success = SystemTime::max();
  CHECK(remarkOn(last) == "the figures are dated 7428372036 s in the future: a clock is wrong");
}

TEST_CASE("the gravest root comes first and gives the state of all") {
  RootReport down = root("down", 3);
  down.status.up = false;
  const Verdict verdict = on({root("fine", 99), down, root("critical", 3), root("warning", 12),
                              root("worse", 2), root("tight", 20)});
  CHECK(verdict.state == VerdictState::critical);
  std::vector<std::string> order;
  for (const RootVerdict& each : verdict.roots) {
    order.push_back(each.root);
  }
  CHECK(order == std::vector<std::string>{"worse", "critical", "warning", "down", "tight", "fine"});
  CHECK(on({root("fine", 99), down}).state == VerdictState::unknown);
}

TEST_CASE("a report without roots is unknown") {
  CHECK(on({}).state == VerdictState::unknown);
  CHECK(on({}).remark == "no roots");
  CHECK(unknownVerdict("no daemon").state == VerdictState::unknown);
}

}  // namespace
}  // namespace hardlink
