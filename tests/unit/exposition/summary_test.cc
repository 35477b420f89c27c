#include "exposition/summary.h"

#include <nlohmann/json.hpp>

#include "exposition/json/json.h"
#include "exposition/page/status_page.h"
#include "exposition/terminal/table.h"
#include "support/catch.h"
#include "unit/exposition/literal_report.h"

namespace hardlink {
namespace {

/// Of Docker's, and of the limit of 65,000; `layers_left` unset for a root without layers.
RootReport counted(std::optional<std::uint64_t> layers_left, std::int64_t headroom = 60000) {
  RootReport root = emptyRoot("r");
  root.census->filesystem.link_limit = 65000;
  root.census->headroom_links = headroom;
  root.census->extractions_remaining = layers_left;
  root.census->layers = layers_left ? 2 : 0;
  root.census->layout = layers_left ? "docker-overlay" : "none";
  return root;
}

/// Three series, whose tightest head leaves room for `layers_left` more.
RootReport series(std::string layout, std::uint64_t layers_left, std::uint64_t rounds) {
  RootReport root = counted(layers_left);
  root.census->layout = std::move(layout);
  root.census->series = {{"a", 1, "a/1", layers_left}, {"b", 1, "b/1", 9}, {"c", 1, "c/1", 9}};
  root.census->rounds_remaining = rounds;
  return root;
}

/// A store without layers.
RootReport store(std::int64_t headroom) {
  RootReport root = counted({}, headroom);
  root.census->layout = "store";
  root.census->tool = "nix";
  root.census->links_per_user = 9;
  root.census->advice = "nix-collect-garbage";
  return root;
}

RootReport withLayout(std::string layout, RootReport root) {
  root.census->layout = std::move(layout);
  return root;
}

RootReport failed(RootReport root) {
  root.status.up = false;
  root.status.error = "gone";
  return root;
}

RootReport incomplete(RootReport root) {
  root.census->complete = false;
  return root;
}

RootReport interrupted(RootReport root) {
  root = failed(incomplete(std::move(root)));
  root.status.interrupted = true;
  root.status.last_success.reset();
  return root;
}

RootReport unlimited(std::uint64_t layers) {
  RootReport root = emptyRoot("r");
  root.census->layers = layers;
  return root;
}

RootReport uncounted(std::optional<bool> up, bool in_progress) {
  RootReport root;
  root.name = "r";
  root.status.up = up;
  root.status.in_progress = in_progress;
  root.status.error = up == false ? "gone" : "";
  return root;
}

/// What is to be said of a root.
struct Case {
  RootReport root;
  std::string state;
  Severity level;
  std::string headline;
  std::string big;  ///< on the page, where the layers left stand
};

std::vector<Case> everyState() {
  const std::string no_limit =
      "the link limit is unknown: link_limit in the configuration or --link-limit gives it";
  return {
      {uncounted({}, false), "no census yet", Severity::unknown, "no figures yet", "unknown"},
      {uncounted({}, true), "first census running", Severity::unknown, "no figures yet", "unknown"},
      {uncounted(false, false), "census failed", Severity::unknown,
       "no figures: no census has succeeded", "unknown"},
      {uncounted(false, true), "census failed", Severity::unknown,
       "no figures: no census has succeeded", "unknown"},
      {counted(64995), "up", Severity::fine, "64,995 more layers are sure to fit", "64,995"},
      {counted(20, 1), "up", Severity::fine, "20 more layers are sure to fit", "20"},
      {counted(19), "up", Severity::low, "19 more layers are sure to fit", "19"},
      {counted(1), "up", Severity::critical, "1 more layer is sure to fit", "1"},
      {counted(0), "up", Severity::exhausted, "0 more layers are sure to fit", "0"},
      {counted({}, 6500), "up", Severity::fine, "6,500 of 65,000 links left", "–"},
      {counted({}, 6499), "up", Severity::low, "6,499 of 65,000 links left", "–"},
      {counted({}, 1299), "up", Severity::critical, "1,299 of 65,000 links left", "–"},
      {counted({}, 0), "up", Severity::exhausted, "0 of 65,000 links left", "–"},
      {failed(counted(64995)), "census failed", Severity::unknown,
       "last known: 64,995 more layers fit", "64,995"},
      {failed(counted(3)), "census failed", Severity::critical, "last known: 3 more layers fit",
       "3"},
      {failed(counted({})), "census failed", Severity::unknown,
       "last known: 60,000 of 65,000 links left", "–"},
      {incomplete(counted(64995)), "incomplete", Severity::unknown,
       "at most 64,995 more layers fit", "64,995"},
      {incomplete(counted(19)), "incomplete", Severity::low, "at most 19 more layers fit", "19"},
      {incomplete(counted({})), "incomplete", Severity::unknown,
       "at most 60,000 of 65,000 links left", "–"},
      {failed(incomplete(counted(30))), "census failed", Severity::unknown,
       "last known: at most 30 more layers fit", "30"},
      {series("snapshots", 2, 0), "up", Severity::critical,
       "2 more snapshots are sure to fit, 0 rounds of all 3 series", "2"},
      {series("snapshots", 1, 1), "up", Severity::critical,
       "1 more snapshot is sure to fit, 1 round of all 3 series", "1"},
      {series("store", 40, 13), "up", Severity::fine,
       "40 more copies are sure to fit, 13 rounds of all 3 series", "40"},
      {failed(series("snapshots", 1, 0)), "census failed", Severity::critical,
       "last known: 1 more snapshot fits, 0 rounds of all 3 series", "1"},
      {withLayout("snapshots", counted(30)), "up", Severity::fine,
       "30 more snapshots are sure to fit", "30"},
      {store(6500), "up", Severity::fine, "6,500 of 65,000 links left", "–"},
      {store(6499), "up", Severity::low, "6,499 of 65,000 links left", "–"},
      {store(0), "up", Severity::exhausted, "0 of 65,000 links left", "–"},
      {interrupted(store(6500)), "interrupted", Severity::unknown,
       "at most 6,500 of 65,000 links left", "–"},
      {interrupted(withLayout("docker-overlay", counted({}))), "interrupted", Severity::unknown,
       "not known: no layer had been read to its end", "–"},
      {interrupted(counted(30)), "interrupted", Severity::unknown, "at most 30 more layers fit",
       "30"},
      {interrupted(counted({})), "interrupted", Severity::unknown,
       "at most 60,000 of 65,000 links left", "–"},
      {unlimited(2), "up", Severity::unknown, no_limit, "unknown"},
      {unlimited(0), "up", Severity::unknown, no_limit, "–"},
      {failed(unlimited(2)), "census failed", Severity::unknown, no_limit, "unknown"},
  };
}

TEST_CASE("every state of a root has its words and its level, the same on every face") {
  for (const Case& each : everyState()) {
    CAPTURE(each.state, each.headline);
    const Summary summary = summaryOf(each.root);
    CHECK(summary.state == each.state);
    CHECK(summary.level == each.level);
    CHECK(summary.headline == each.headline);
    const Report report{{each.root}};
    const std::string level(nameOf(each.level));

    const auto json = nlohmann::json::parse(renderJson(report))["roots"][0];
    CHECK(json["state"] == each.state);
    CHECK(json["level"] == level);
    CHECK(json["headline"] == each.headline);
    CHECK(json.value("note", nlohmann::json()) ==
          (summary.note.empty() ? nlohmann::json() : nlohmann::json(summary.note)));

    const std::string page = renderStatusPage(report, "/metrics");
    CHECK(contains(page, "data-root=\"r\" data-level=\"" + level + "\""));
    CHECK(contains(page, "data-field=\"state\">" + each.state + "<"));
    CHECK(contains(page, "data-field=\"headline\">" + each.headline + "<"));
    CHECK(contains(page, "data-field=\"layers_left\">" + each.big + "<"));
    CHECK_FALSE(contains(page, ">none<"));

    const std::string table = renderTable(report, {.width = 200, .color = true});
    CHECK(contains(table, each.headline) == each.root.census.has_value());
    CHECK(contains(table, "\x1b[1;32m") == (each.level == Severity::fine));
  }
}

/// A directory with this many subdirectories of `limit`.
RootReport withDirectory(std::uint64_t count, std::uint64_t limit) {
  RootReport root = counted({});
  root.census->fullest_directory = {".runs/r", count, limit};
  root.census->limits = {
      {.limit = Limit::subdirectories,
       .used = count,
       .of = limit,
       .remaining = static_cast<std::int64_t>(limit) - static_cast<std::int64_t>(count),
       .path = ".runs/r"}};
  return root;
}

/// With so many full files, so many of them empty, and the hottest that is not.
RootReport withFull(std::uint64_t full, std::uint64_t empty, std::int64_t next_headroom) {
  RootReport root = counted({}, 0);
  root.census->saturated = {full, empty, (full - empty) * 4096};
  for (std::uint64_t i = 0; i < full; ++i) {
    root.census->hot_inodes.push_back({i, 65000, 0, 65000, 0, 0, "f", i < empty ? 0U : 9U});
  }
  root.census->hot_inodes.push_back(
      {99, 65000 - static_cast<std::uint64_t>(next_headroom), next_headroom, 1, 0, 0, "g", 9});
  return root;
}

TEST_CASE("the level is by the margin of all limits where there are layers") {
  RootReport root = counted(3, 64000);
  root.census->first_limit = Limit::inodes;
  root.census->limits = {{.limit = Limit::links, .extractions_remaining = 64000, .of = 65000},
                         {.limit = Limit::inodes,
                          .extractions_remaining = 3,
                          .used = 100,
                          .of = 128,
                          .remaining = 28,
                          .per_extraction = 9}};
  CHECK(summaryOf(root).level == Severity::critical);
  CHECK(summaryOf(root).headline == "3 more layers are sure to fit");
  CHECK(summaryOf(root).note == "inodes end first: 100 of 128 used, one more layer takes 9");
  CHECK(summaryOf(failed(root)).note ==
        "inodes end first: 100 of 128 used, one more layer takes 9. The last census failed: gone. "
        "The figures are those of 2026-11-23T12:00:00Z.");
  root.census->saturated = {7, 0, 7};
  root.census->extractions_remaining = 30;
  CHECK(summaryOf(root).level == Severity::fine);
}

TEST_CASE("without layers a directory that is nearly full alarms, inodes and space do not") {
  CHECK(summaryOf(withDirectory(900, 1000)).level == Severity::fine);
  CHECK(summaryOf(withDirectory(901, 1000)).level == Severity::low);
  CHECK(summaryOf(withDirectory(981, 1000)).level == Severity::critical);
  CHECK(summaryOf(withDirectory(1000, 1000)).level == Severity::exhausted);
  CHECK(summaryOf(withDirectory(901, 1000)).headline ==
        "60,000 of 65,000 links left, but a directory is nearly full");
  CHECK(summaryOf(withDirectory(901, 1000)).note == "subdirectories: 901 of 1,000 used in .runs/r");
  RootReport root = counted({});
  root.census->limits = {{.limit = Limit::inodes, .used = 999, .of = 1000, .remaining = 1},
                         {.limit = Limit::space, .used = 999, .of = 1000, .remaining = 1}};
  CHECK(summaryOf(root).level == Severity::fine);
  CHECK(summaryOf(root).note.empty());
}

TEST_CASE("without layers full files alarm unless they are empty") {
  CHECK(summaryOf(withFull(4, 1, 40000)).level == Severity::exhausted);
  CHECK(summaryOf(withFull(4, 1, 40000)).note ==
        "4 inodes are full (12 KiB; 1 of them is empty): the next use of one fails or becomes a "
        "copy");
  CHECK(summaryOf(withFull(2, 2, 40000)).level == Severity::fine);
  CHECK(summaryOf(withFull(2, 2, 40000)).note == "2 inodes are full (0 bytes; empty)");
  CHECK(summaryOf(withFull(2, 2, 1000)).level == Severity::critical);
  CHECK(summaryOf(withFull(0, 0, 40000)).note.empty());
  RootReport unlisted = withFull(1, 1, 40000);
  unlisted.census->hot_inodes.clear();
  CHECK(summaryOf(unlisted).level == Severity::fine);
  unlisted.census->saturated = {2, 1, 4096};
  CHECK(summaryOf(unlisted).level == Severity::exhausted);
}

TEST_CASE("a directory that takes no more names of a file is critical, and is named") {
  RootReport root = counted({});
  root.census->limits = {{.limit = Limit::names_per_directory,
                          .used = 16254,
                          .of = 16258,
                          .remaining = 4,
                          .path = "d",
                          .per_name = 18}};
  CHECK(summaryOf(root).level == Severity::critical);
  CHECK(summaryOf(root).headline ==
        "60,000 of 65,000 links left, but a directory takes no more names of a file");
  CHECK(summaryOf(root).note ==
        "no more names of one file fit in d: 16,254 of 16,258 bytes used, one more name takes 18");
  root.census->limits[0].remaining = 18;
  CHECK(summaryOf(root).level == Severity::fine);
  CHECK(summaryOf(root).note.empty());
}

TEST_CASE("without a link limit a directory that is full alarms all the same") {
  RootReport root = withDirectory(1000, 1000);
  root.census->headroom_links.reset();
  root.census->filesystem.link_limit.reset();
  CHECK(summaryOf(root).level == Severity::exhausted);
  CHECK(contains(summaryOf(root).headline, "the link limit is unknown"));
  CHECK(summaryOf(root).note == "subdirectories: 1,000 of 1,000 used in .runs/r");
  root.census->limits[0].remaining = 500;
  CHECK(summaryOf(root).level == Severity::unknown);
}

TEST_CASE("a note says why figures are doubtful, and of when they are") {
  const std::string less = "there may be more links, and less room, than the figures say.";
  CHECK(summaryOf(counted(30)).note.empty());
  CHECK(summaryOf(failed(counted(30))).note ==
        "The last census failed: gone. The figures are those of 2026-11-23T12:00:00Z.");
  CHECK(summaryOf(uncounted(false, false)).note == "The last census failed: gone.");
  CHECK(summaryOf(incomplete(counted(30))).note == "Not everything could be read: " + less);
  CHECK(contains(summaryOf(failed(incomplete(counted(30)))).note, "12:00:00Z. Not everything"));
  CHECK(summaryOf(interrupted(counted(30))).note == "gone.");
}

TEST_CASE("the worst root comes first: by level, then by margin, then by the share of links") {
  const std::vector<RootReport> in_order = {
      counted(0),          counted({}, 0),          counted(1),          counted(4),
      counted({}, 1000),   failed(counted(5)),      counted(19),         counted({}, 2000),
      counted({}, 6000),   uncounted(false, false), failed(counted(20)), failed(counted({}, 60000)),
      uncounted({}, true), incomplete(counted(30)), counted(20),         counted(64999),
      counted({}, 7000),   counted({}, 65000),
  };
  for (std::size_t i = 1; i < in_order.size(); ++i) {
    CAPTURE(i);
    CHECK(summaryOf(in_order[i - 1]).order < summaryOf(in_order[i]).order);
  }
  CHECK(staleSummaryOf(counted(30))->summary.order == summaryOf(failed(counted(30))).order);
  CHECK(summaryOf(counted(~std::uint64_t{0})).order < std::uint64_t{1} << 53U);
}

TEST_CASE("half an hour after the last success the figures are stale and no longer fine") {
  const auto stale = staleSummaryOf(counted(30));
  REQUIRE(stale);
  CHECK(stale->after == atUnixTime(1795435200.75 + 1800));
  CHECK(stale->summary.state == "stale");
  CHECK(stale->summary.level == Severity::unknown);
  CHECK(stale->summary.headline == "last known: 30 more layers fit");
  CHECK(stale->summary.alarms.front().name == "HardlinkCensusStale");
  CHECK(stale->summary.note ==
        "The figures are those of 2026-11-23T12:00:00Z: no census has succeeded since.");
  CHECK(staleSummaryOf(counted(4))->summary.level == Severity::critical);
  CHECK(staleSummaryOf(counted({}))->summary.headline == "last known: 60,000 of 65,000 links left");
  RootReport seldom = counted(30);
  seldom.status.stale_after = std::chrono::hours(6);
  CHECK(staleSummaryOf(seldom)->after == atUnixTime(1795435200.75 + 6 * 3600));
  CHECK_FALSE(staleSummaryOf(failed(counted(30))));
  CHECK_FALSE(staleSummaryOf(interrupted(counted(30))));
  CHECK_FALSE(staleSummaryOf(uncounted({}, true)));
}

}  // namespace
}  // namespace hardlink
