#include "commands/plan/plan_text.h"

#include <algorithm>

#include "support/catch.h"

namespace hardlink {
namespace {

RemovalStep image(const std::string& name, std::uint64_t margin_after) {
  RemovalStep step;
  step.name = name;
  step.id = "sha256:" + name;
  step.references = {name};
  step.layers = {"l1", "l2"};
  step.links_freed = 1394;
  step.margin_after = margin_after;
  return step;
}

PlanReport twoImages() {
  PlanReport report;
  report.root = "/var/lib/docker/overlay";
  report.farm.layout = Layout::docker_overlay;
  report.farm.tool = Tool::docker;
  report.plan.goal.target = 40;
  report.plan.margin_before = 28;
  report.plan.margin_after = 42;
  report.plan.reached = true;
  report.plan.steps = {image("app:1", 35), image("app:2", 42)};
  report.plan.steps[1].containers = {{"c1", "web", "running", "sha256:app:2", {}}};
  return report;
}

PlanReport oneSnapshot(const std::string& name) {
  PlanReport report;
  report.root = "/backup";
  report.farm.layout = Layout::snapshots;
  report.farm.tool = Tool::rsync;
  report.plan.goal.target = 3;
  report.plan.margin_before = 2;
  report.plan.margin_after = 3;
  report.plan.reached = true;
  RemovalStep step;
  step.name = name;
  step.command = {"rm", "-rf", "--", "/backup/" + name};
  step.layers = {name};
  step.links_freed = 1394;
  step.margin_after = 3;
  report.plan.steps = {step};
  return report;
}

/// The lines of a script that a shell would run.
std::vector<std::string> runs(const std::string& script) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < script.size();) {
    const std::size_t end = script.find('\n', at);
    const std::string line = script.substr(at, end - at);
    if (!line.empty() && line.front() != '#') {
      lines.push_back(line);
    }
    at = end + 1;
  }
  return lines;
}

using Lines = std::vector<std::string>;

TEST_CASE("the script removes containers before their image, and stops none") {
  const std::string script = renderPlanCommands(twoImages());
  CHECK(runs(script) == Lines{"docker rmi app:1", "docker rm web", "docker rmi app:2"});
  CHECK(script.find("# 2 of 2: app:2, 2 layers go, 1,394 links are freed; room for 42 more") !=
        std::string::npos);
  CHECK(script.find("# web is running: the next line fails until it is stopped\ndocker rm web") !=
        std::string::npos);
}

TEST_CASE("nothing in a name becomes a command") {
  PlanReport report = twoImages();
  const std::string hostile = "x\nreboot #'$(reboot)";
  report.plan.steps[0].name = hostile;
  report.plan.steps[0].references = {"--force", hostile};
  report.plan.steps[1].containers[0].name = hostile;
  report.plan.steps[1].containers[0].state = "running";
  report.plan.unowned_layers = {hostile};
  report.plan.unfinished_layers = {hostile};
  const std::string quoted = "$'x\\012reboot #\\047$(reboot)'";
  CHECK(runs(renderPlanCommands(report)) ==
        Lines{"docker rmi -- --force " + quoted, "docker rm " + quoted, "docker rmi app:2"});
  CHECK(runs(renderPlanCommands(oneSnapshot(hostile))) ==
        Lines{"rm -rf -- $'/backup/x\\012reboot #\\047$(reboot)'"});
}

TEST_CASE("a container without a name is removed by its id") {
  PlanReport report = twoImages();
  report.plan.steps[1].containers = {{"0123abcd", "", "exited", "", {}}};
  CHECK(commandsOf(report, report.plan.steps[1]) ==
        Lines{"docker rm 0123abcd", "docker rmi app:2"});
}

TEST_CASE("the summary says what is reached, and what is not") {
  PlanReport report = twoImages();
  CHECK(planSummary(report) ==
        "room for 40 more layers can be made: removing 2 images makes room for 42 more instead "
        "of 28");
  report.plan.reached = false;
  report.plan.goal.target = 99;
  CHECK(planSummary(report) ==
        "room for 99 more layers cannot be made: at best, removing 2 images makes room for 42 more "
        "instead of 28");
  report.plan.steps.clear();
  CHECK(planSummary(report) ==
        "room for 99 more layers cannot be made: no removal gives more than the 28 there is now");
  report.plan.reached = true;
  report.plan.goal.target = 20;
  CHECK(planSummary(report) == "nothing to do: there is room for 28 more, and 20 were asked for");
  CHECK(runs(renderPlanCommands(report)).empty());
}

TEST_CASE("where inodes end first a plan says so, and what comes back of them") {
  PlanReport report = oneSnapshot("daily.4");
  report.plan.first_limit_before = report.plan.first_limit_after = Limit::inodes;
  report.plan.steps[0].inodes_freed = 21;
  report.plan.steps[0].space_freed = 21504;
  CHECK(planSummary(report) ==
        "room for 3 more snapshots can be made: removing 1 snapshot makes room for 3 more instead "
        "of 2; inodes end first now");
  CHECK(renderPlanCommands(report).find(
            "daily.4, 21 inodes, 21 KiB and 1,394 links are freed; room for 3 more") !=
        std::string::npos);
  CHECK(planNotes(report) ==
        std::vector<std::string>{"inodes come back at least as said: those of files that no other "
                                 "layer holds come on top"});
  CHECK(renderPlan(report, {}).find("1,394            21") != std::string::npos);
  const std::string json = renderPlanJson(report);
  CHECK(json.find("\"inodes_freed\": 21,") != std::string::npos);
  CHECK(json.find("\"first_limit_before\": \"inodes\"") != std::string::npos);
  report.plan.reached = false;
  CHECK(planSummary(report) ==
        "room for 3 more snapshots cannot be made: at best, removing 1 snapshot makes room for 3 "
        "more instead of 2; inodes end first then, and nothing that may be removed gives back "
        "enough");
}

TEST_CASE("where links end first a step tells the links that it frees") {
  PlanReport report = oneSnapshot("daily.4");
  report.plan.first_limit_before = report.plan.first_limit_after = Limit::links;
  report.plan.steps[0].inodes_freed = 21;
  CHECK(renderPlanCommands(report).find("daily.4, 1,394 links are freed; room") !=
        std::string::npos);
  CHECK(planNotes(report).empty());
}

TEST_CASE("a plan for bytes tells what each step frees, and what all free together") {
  PlanReport report = oneSnapshot("daily.4");
  report.plan.goal = {.free_bytes = 3U << 20U};
  report.plan.steps[0].bytes_freed = 5U << 20U;
  CHECK(planSummary(report) ==
        "3 MiB can be freed: removing 1 snapshot frees 5 MiB, and makes room for 3 more instead "
        "of 2");
  CHECK(renderPlanCommands(report).find(
            "daily.4, 5 MiB and 1,394 links are freed; room for 3 more") != std::string::npos);
  CHECK(planNotes(report) ==
        std::vector<std::string>{"directories are freed on top of what is said here; files that "
                                 "share blocks (reflinks), or that btrfs compresses, free less"});
  CHECK(renderPlan(report, {}).find("5 MiB        1,394") != std::string::npos);
  const std::string json = renderPlanJson(report);
  CHECK(json.find("\"target\": null") != std::string::npos);
  CHECK(json.find("\"free\": 3145728") != std::string::npos);
  CHECK(json.find("\"bytes_freed\": 5242880") != std::string::npos);
  report.plan.reached = false;
  report.plan.margins_known = false;
  report.plan.steps[0].margin_after.reset();
  CHECK(planSummary(report) == "3 MiB cannot be freed: at best, removing 1 snapshot frees 5 MiB");
  CHECK(renderPlanCommands(report).find("links are freed\n") != std::string::npos);
  CHECK(renderPlan(report, {}).find("room after") == std::string::npos);
  report.plan.steps.clear();
  CHECK(planSummary(report) == "3 MiB cannot be freed: no removal frees more than directories");
}

TEST_CASE("the table shows every step, and the snapshots' ages") {
  TableOptions options;
  options.top = 1;
  const std::string images = renderPlan(twoImages(), options);
  CHECK(images.find("app:1") != std::string::npos);
  CHECK(images.find("web         app:2") != std::string::npos);
  CHECK(images.find("container web (running) has to be removed before app:2, and stopped before") !=
        std::string::npos);

  PlanReport snapshot = oneSnapshot("daily.4");
  snapshot.farm.made = {{"daily.3", {}}, {"daily.4", SystemTime(std::chrono::seconds(0))}};
  CHECK(renderPlan(snapshot, options).find("1970-01-01T00:00:00Z  daily.4") != std::string::npos);
}

TEST_CASE("the JSON has the commands, and null where nothing binds any more") {
  PlanReport report = twoImages();
  report.plan.margin_after.reset();
  const std::string json = renderPlanJson(report);
  CHECK(json.find("\"margin_after\": null") != std::string::npos);
  CHECK(json.find("\"docker rm web\"") != std::string::npos);
  CHECK(json.find("\"state\": \"running\"") != std::string::npos);
  CHECK(renderPlanJson(oneSnapshot("inv\xff")).find("\"snapshot\": \"inv\\\\xff\"") !=
        std::string::npos);
}

/// Two snapshots whose names and times contradict each other.
PlanReport refusedPlan() {
  PlanReport report = oneSnapshot("b\n1");
  report.plan.reached = false;
  report.plan.steps.clear();
  report.plan.margin_after = report.plan.margin_before;
  report.refused = "it is a guess; --layers=GLOB decides";
  report.would_free = {{"b\n1", 1700}, {"a1", 5}};
  report.farm.conflict = OrderConflict{"names", {"a1", "b\n1"}, "times", {"b\n1", "a1"}};
  report.farm.made = {{"a1", SystemTime(std::chrono::seconds(0))}};
  return report;
}

TEST_CASE("a refused plan has no command, and tells what each would free") {
  const PlanReport report = refusedPlan();
  CHECK(planSummary(report) == "no removal is proposed: it is a guess; --layers=GLOB decides");
  const std::string script = renderPlanCommands(report);
  CHECK(runs(script).empty());
  CHECK(script.find("# b\\n1 would free 1,700 links\n") != std::string::npos);
  const std::string table = renderPlan(report, {});
  CHECK(table.find("1,700  -                     b\\n1\n") != std::string::npos);
  CHECK(table.find("5  1970-01-01T00:00:00Z  a1\n") != std::string::npos);
  CHECK(table.find("by names, oldest first: a1, b\\n1\n") != std::string::npos);
  CHECK(table.find("by times, oldest first: b\\n1, a1\n") != std::string::npos);
  CHECK(table.find("--format=commands") == std::string::npos);
}

TEST_CASE("the JSON has why a plan is refused, or null") {
  CHECK(renderPlanJson(oneSnapshot("a")).find("\"refused\": null,") != std::string::npos);
  const std::string json = renderPlanJson(refusedPlan());
  CHECK(json.find("\"refused\": \"it is a guess; --layers=GLOB decides\",") != std::string::npos);
  CHECK(json.find("\"steps\": [],") != std::string::npos);
  CHECK(json.find("\"links_freed\": 1700") != std::string::npos);
  CHECK(json.find("\"by\": \"times\"") != std::string::npos);
}

TEST_CASE("a plan of snapshots speaks of snapshots") {
  PlanReport report = oneSnapshot("a");
  CHECK(planSummary(report) ==
        "room for 3 more snapshots can be made: removing 1 snapshot makes room for 3 more instead "
        "of 2");
  CHECK(renderPlanCommands(report).find("# 1 of 1: a, 1,394 links are freed; room for 3 more") !=
        std::string::npos);
  report.farm.layout = Layout::store;  // whose layers are copies of each other
  CHECK(planSummary(report).starts_with("room for 3 more copies can be made: removing 1 copy"));
}

/// Snapshots as the tools have them, with their own commands.
PlanReport ofTools() {
  PlanReport report = oneSnapshot("2024-01-01_00-00-01/localhost");
  report.plan.steps[0].command = {"timeshift", "--delete", "--snapshot", "2024-01-01_00-00-01"};
  for (const std::string name : {"vault/a\nreboot/tree", "vault/b/tree", "vault/c/tree"}) {
    RemovalStep& step = report.plan.steps.emplace_back();
    step.name = name;
    step.layers = {name};
    step.expiry = "Expire: +2 weeks\nreboot";
  }
  report.plan.steps[3].expiry.clear();
  RemovalStep& last = report.plan.steps.emplace_back();
  last.name = "20240101-000000-123/backup";
  last.command = {"backintime", "--profile-id", "1", "remove", "2024 $(reboot)"};
  return report;
}

TEST_CASE("the script has each tool's own command, and a comment where there is none") {
  const std::string script = renderPlanCommands(ofTools());
  CHECK(runs(script) == Lines{"timeshift --delete --snapshot 2024-01-01_00-00-01",
                              "backintime --profile-id 1 remove '2024 $(reboot)'"});
  CHECK(script.find("\n# No command is printed for it: what removes it is Expire: +2 "
                    "weeks\\nreboot. The room after this and later steps counts on that.\n") !=
        std::string::npos);
  CHECK(script.find("what removes it is its own program.") != std::string::npos);
}

TEST_CASE("snapshots without a command are steps of the table and of the JSON") {
  const PlanReport report = ofTools();
  const std::string table = renderPlan(report, {});
  CHECK(table.find("  vault/b/tree\n") != std::string::npos);
  CHECK(table.find("no command is printed for 2 snapshots (vault/a\\nreboot/tree, vault/b/tree): "
                   "what removes them is Expire: +2 weeks\\nreboot\n") != std::string::npos);
  CHECK(table.find("no command is printed for 1 snapshot (vault/c/tree): what removes it is its "
                   "own program\n") != std::string::npos);
  CHECK(table.find("--format=commands prints") != std::string::npos);
  const std::string json = renderPlanJson(report);
  CHECK(json.find("\"commands\": []") != std::string::npos);
  CHECK(json.find("\"expiry\": \"Expire: +2 weeks\\nreboot\"") != std::string::npos);

  PlanReport without = ofTools();
  without.plan.steps = {report.plan.steps[2]};
  CHECK(renderPlan(without, {}).find("--format=commands") == std::string::npos);
}

TEST_CASE("rounds stand beside the margin where there are several series") {
  PlanReport report = oneSnapshot("a");
  report.rounds_remaining = 0;
  report.farm.series.resize(1);
  CHECK(planNotes(report).empty());
  report.farm.series.resize(3);
  CHECK(planNotes(report) == Lines{"now there is room for 0 rounds of all 3 series"});
  CHECK(renderPlanJson(report).find("\"rounds_remaining\": 0,") != std::string::npos);
}

TEST_CASE("the JSON says what kind of tree it is, and what cleans up a store") {
  PlanReport report;
  report.root = "/nix/store";
  report.farm.layout = Layout::store;
  report.farm.tool = Tool::nix;
  report.farm.reason = "52-character names in .links";
  report.farm.advice = "nix-collect-garbage";
  report.links_per_user = 9;
  report.refused = "a store";
  const std::string json = renderPlanJson(report);
  for (const std::string field :
       {R"("layout": "store",)", R"("tool": "nix",)",
        R"("layout_reason": "52-character names in .links",)",
        R"("advice": "nix-collect-garbage",)", R"("links_per_user": 9,)",
        R"("rounds_remaining": null,)", R"("refused": "a store",)", R"("steps": [],)"}) {
    CAPTURE(field);
    CHECK(json.find(field) != std::string::npos);
  }
  CHECK(renderPlanJson(twoImages()).find("\"advice\": null,") != std::string::npos);
}

TEST_CASE("directories that are left out of a plan are named") {
  PlanReport report = oneSnapshot("a");
  report.farm.holders = {"alpha"};
  report.farm.no_copies = {"pool"};
  CHECK(planNotes(report) ==
        Lines{"1 directory is not proposed: it holds snapshots itself (alpha)",
              "1 directory is not proposed: no snapshot beside it is a copy of it (pool)"});
  CHECK(planNotes(refusedPlan()).size() == 2);
}

TEST_CASE("what was not proven, or not read, is said") {
  PlanReport report = twoImages();
  report.plan.steps[1].containers.clear();
  CHECK(planNotes(report).empty());
  report.complete = false;
  report.plan.least_lost_proven = false;
  CHECK(planNotes(report).size() == 2);
  report.plan.fewest_proven = false;
  CHECK(planNotes(report).at(1) == "there may be a way with fewer removals: not all were tried");
}

TEST_CASE("where the locale is not UTF-8 a plan is ASCII") {
  PlanReport report = oneSnapshot(std::string(90, 'x') + "\u4e2d");
  report.root = "/caf\u00e9";
  report.farm.made = {{"x", {}}};
  report.plan.unowned_layers = {"\u4e2d"};
  const std::string text = renderPlan(report, {.width = 60, .utf8 = false});
  CAPTURE(text);
  CHECK(std::all_of(text.begin(), text.end(),
                    [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
  CHECK(text.find("/caf\\xc3\\xa9") != std::string::npos);
  CHECK(text.find("x~") != std::string::npos);
  CHECK(text.find("\\xe4\\xb8\\xad") != std::string::npos);
}

}  // namespace
}  // namespace hardlink
