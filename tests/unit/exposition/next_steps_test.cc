#include "exposition/next_steps.h"

#include "exposition/summary.h"
#include "support/catch.h"
#include "unit/exposition/literal_report.h"

namespace hardlink {
namespace {

using Lines = std::vector<std::string>;

RootReport layered(std::uint64_t left, std::string layout = "docker-overlay") {
  RootReport root = emptyRoot("r");
  CensusReport& census = *root.census;
  census.layout = std::move(layout);
  census.layers = 2;
  census.filesystem.link_limit = 65000;
  census.headroom_links = 50000;
  census.extractions_remaining = left;
  return root;
}

/// Without layers, with one hot file.
RootReport storeWith(std::int64_t headroom) {
  RootReport root = emptyRoot("s");
  root.census->layout = "store";
  root.census->filesystem.link_limit = 65000;
  root.census->headroom_links = headroom;
  HotInodeReport hot;
  hot.headroom_links = headroom;
  hot.size_bytes = 5;
  hot.path = "a b/f";
  root.census->hot_inodes = {hot};
  return root;
}

Lines names(const std::vector<RootAlarm>& alarms) {
  Lines names;
  for (const RootAlarm& alarm : alarms) {
    names.emplace_back(alarm.name);
  }
  return names;
}

RootAlarm only(const RootReport& root, bool stale = false) {
  const std::vector<RootAlarm> alarms = alarmsOf(root, stale);
  REQUIRE(alarms.size() == 1);
  return alarms.front();
}

TEST_CASE("few layers are an alarm by the level, and the next step is a plan") {
  CHECK(alarmsOf(layered(20), false).empty());
  CHECK(only(layered(19)).name == "HardlinkExtractionsLow");
  CHECK(only(layered(4)).name == "HardlinkExtractionsCritical");
  const RootAlarm none = only(layered(0));
  CHECK(none.name == "HardlinkExtractionsExhausted");
  CHECK(none.next_step == "Next step on the host, to see which images to remove");
  CHECK(none.command == "hardlink_exporter plan --target=50 /srv/r");
  CHECK(only(layered(0, "snapshots")).next_step ==
        "Next step on the host, to see which snapshots to remove");
  CHECK(only(layered(0, "store")).next_step == "Next step on the host, to see how to clean it up");
}

TEST_CASE(
    "a command judges by the limit of the configuration, and quotes what a shell would read") {
  RootReport root = layered(0);
  root.path = "/srv/it's";
  root.census->filesystem.link_limit = 45;
  root.census->filesystem.link_limit_source = "config";
  CHECK(only(root).command == "hardlink_exporter plan --target=50 --link-limit=45 '/srv/it'\\''s'");
  root.path = "/srv/\n\xFF";
  CHECK(only(root).command ==
        "hardlink_exporter plan --target=50 --link-limit=45 $'/srv/\\012\\377'");
}

TEST_CASE("few links are an alarm of roots without layers, and the next step explains the file") {
  CHECK(alarmsOf(storeWith(6500), false).empty());
  CHECK(only(storeWith(6499)).name == "HardlinkHeadroomLow");
  const RootAlarm critical = only(storeWith(1299));
  CHECK(critical.name == "HardlinkHeadroomCritical");
  CHECK(critical.command == "hardlink_exporter explain --root=/srv/s '/srv/s/a b/f'");
  RootReport unnamed = storeWith(1299);
  unnamed.census->hot_inodes.front().path.clear();
  CHECK(only(unnamed).command == "hardlink_exporter scan /srv/s");
}

TEST_CASE("the file to explain is the one that is judged") {
  RootReport root = storeWith(1299);
  HotInodeReport empty;
  empty.headroom_links = 0;
  empty.path = "empty";
  root.census->hot_inodes.insert(root.census->hot_inodes.begin(), empty);
  CHECK(contains(only(root).command, "'/srv/s/a b/f'"));
}

TEST_CASE("what is full has its own alarms") {
  RootReport root = storeWith(0);
  root.census->saturated = {3, 1, 4096};
  CHECK(names(alarmsOf(root, false)) ==
        Lines{"HardlinkHeadroomCritical", "HardlinkSaturatedFiles"});
  root = storeWith(60000);
  root.path = "/";
  root.census->limits = {{Limit::subdirectories, {}, 60000, 64998, 4998, {}, "", "full dir"}};
  CHECK(only(root).name == "HardlinkSubdirectoriesNearLimit");
  CHECK(only(root).command == "lsattr -d '/full dir'");
  root.census->limits = {{Limit::subdirectories, {}, 64990, 64998, 8, {}, "", "."}};
  CHECK(only(root).name == "HardlinkSubdirectoriesCritical");
  CHECK(only(root).command == "lsattr -d /");
  root.census->limits = {{Limit::names_per_directory, {}, 16258, 16258, 0, {}, "", "d"}};
  CHECK(only(root).name == "Names per directory end first");
}

TEST_CASE("a limit that is not known is an alarm whose command comes after a change") {
  const RootAlarm alarm = only(emptyRoot("nfs"));
  CHECK(alarm.name == "HardlinkLimitUnknown");
  CHECK(alarm.next_step ==
        "Set link_limit for this root in the configuration. Next step on the host, after that");
  CHECK(alarm.command == "systemctl reload hardlink-exporter");
}

TEST_CASE("doubts come after what is certain") {
  RootReport root = layered(3);
  root.census->complete = false;
  CHECK(names(alarmsOf(root, true)) ==
        Lines{"HardlinkExtractionsCritical", "HardlinkCensusStale", "HardlinkCensusIncomplete"});
  root.status.up = false;
  CHECK(names(alarmsOf(root, true)) ==
        Lines{"HardlinkExtractionsCritical", "HardlinkCensusFailing", "HardlinkCensusIncomplete"});
  root.status.interrupted = true;
  CHECK(names(alarmsOf(root, false)) == Lines{"HardlinkExtractionsCritical"});
  RootReport waiting;
  CHECK(alarmsOf(waiting, false).empty());
  waiting.status.up = false;
  CHECK(only(waiting).command == "journalctl -u hardlink-exporter -n 50");
}

TEST_CASE("a root whose level is not fine has an alarm, and one that is fine has none") {
  for (const RootReport& root : literalReport().roots) {
    CAPTURE(root.name);
    const Summary summary = summaryOf(root);
    CHECK(summary.alarms.empty() == (summary.level == Severity::fine));
  }
}

TEST_CASE("anchors are those of GitHub") {
  CHECK(runbookPath("HardlinkExtractionsLow") == "/runbook#hardlinkextractionslow");
  CHECK(runbookPath("What happens at the limit, by tool") ==
        "/runbook#what-happens-at-the-limit-by-tool");
  CHECK(anchorOf("What kind of tree is it?") == "what-kind-of-tree-is-it");
  CHECK(anchorOf("a_b-c 2") == "a_b-c-2");
}

}  // namespace
}  // namespace hardlink
