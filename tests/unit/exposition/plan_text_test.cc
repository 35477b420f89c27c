#include "exposition/plan_text.h"

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
  report.layout = "docker-overlay";
  report.plan.target = 40;
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
  report.layout = "snapshots";
  report.plan.target = 3;
  report.plan.margin_before = 2;
  report.plan.margin_after = 3;
  report.plan.reached = true;
  report.plan.steps = {image(name, 3)};
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
        "room for 40 more layers can be made: removing 2 images makes room for 42 more in place "
        "of 28");
  report.plan.reached = false;
  report.plan.target = 99;
  CHECK(planSummary(report) ==
        "room for 99 more layers cannot be made: at best, removing 2 images makes room for 42 more "
        "in place of 28");
  report.plan.steps.clear();
  CHECK(planSummary(report) ==
        "room for 99 more layers cannot be made: no removal gives more than the 28 there is now");
  report.plan.reached = true;
  report.plan.target = 20;
  CHECK(planSummary(report) == "nothing to do: there is room for 28 more, and 20 were asked for");
  CHECK(runs(renderPlanCommands(report)).empty());
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
  snapshot.made["daily.4"] = SystemTime(std::chrono::seconds(0));
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
  report.orders = {{"names", {"a1", "b\n1"}}, {"times", {"b\n1", "a1"}}};
  report.made["a1"] = SystemTime(std::chrono::seconds(0));
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

TEST_CASE("directories that are left out of a plan are named") {
  PlanReport report = oneSnapshot("a");
  report.holders = {"alpha"};
  report.no_copies = {"pool"};
  CHECK(planNotes(report) ==
        Lines{"1 directory is not proposed: it holds snapshots itself (alpha)",
              "1 directory is not proposed: no snapshot beside it is a copy of it (pool)"});
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
  report.made["x"] = {};
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
