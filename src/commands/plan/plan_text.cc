#include "commands/plan/plan_text.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "base/utf8.h"
#include "exposition/phrases.h"
#include "exposition/shell.h"

namespace hardlink {
namespace {

constexpr std::size_t kMostNamed = 3;

/// `docker rmi` and its like; an operand that looks like a flag is none.
std::string command(const std::string& words, const std::vector<std::string>& operands) {
  std::string line = words;
  bool ended = false;
  for (const std::string& operand : operands) {
    if (!ended && operand.starts_with('-')) {
      line += " --";
      ended = true;
    }
    line += " " + shellQuoted(operand);
  }
  return line;
}

std::string howMuch(const std::optional<std::uint64_t>& margin) {
  return margin ? thousands(*margin) : "any number";
}

/// The first of `names`, and how many more there are.
std::string someOf(const std::vector<std::string>& names) {
  std::vector<std::string> shown = names;
  if (shown.size() > kMostNamed) {
    shown.resize(kMostNamed);
    shown.push_back(thousands(std::uint64_t{names.size() - kMostNamed}) + " more");
  }
  return joined(shown);
}

/// Whether another limit than links is what the plan is about.
bool isOfOtherLimits(const RemovalPlan& plan) {
  return plan.first_limit_before && *plan.first_limit_before != Limit::links;
}

/// What the step gives back: `3.1 GiB and 3 links are freed`, with inodes if those are in the way.
std::string freedBy(const RemovalStep& step, const RemovalPlan& plan) {
  std::string text;
  if (isOfOtherLimits(plan) && step.inodes_freed) {
    text += counted(*step.inodes_freed, "inode", "inodes") + ", ";
  }
  const std::uint64_t directories = isOfOtherLimits(plan) ? step.space_freed.value_or(0) : 0;
  const std::uint64_t bytes = std::max(step.bytes_freed, directories);
  text += bytes > 0 ? byteSize(bytes) + " and " : "";
  return text.empty() ? counted(step.links_freed, "link is", "links are") + " freed"
                      : text + counted(step.links_freed, "link", "links") + " are freed";
}

std::string removals(const PlanReport& report) {
  const auto [one, many] = layerWords(toString(report.farm.layout));
  const std::size_t steps = report.plan.steps.size();
  return "removing " +
         (ofSnapshots(report) ? counted(steps, one, many) : counted(steps, "image", "images"));
}

std::string roomMade(const RemovalPlan& plan) {
  return "room for " + howMuch(plan.margin_after) + " more instead of " +
         howMuch(plan.margin_before);
}

std::string reached(const PlanReport& report) {
  return removals(report) + " makes " + roomMade(report.plan);
}

std::string bytesSummary(const PlanReport& report) {
  const RemovalPlan& plan = report.plan;
  const std::string wanted = byteSize(plan.goal.free_bytes);
  if (plan.steps.empty()) {
    return wanted + " cannot be freed: no removal frees more than directories";
  }
  const std::string freed = removals(report) + " frees " + byteSize(plan.bytesFreed()) +
                            (plan.margins_known ? ", and makes " + roomMade(plan) : "");
  return wanted + (plan.reached ? " can be freed: " : " cannot be freed: at best, ") + freed;
}

/// Where more or less comes back than is said.
void noteFreed(const RemovalPlan& plan, std::vector<std::string>& notes) {
  const bool counts_inodes =
      std::any_of(plan.steps.begin(), plan.steps.end(),
                  [](const RemovalStep& step) { return step.inodes_freed.has_value(); });
  if (counts_inodes && isOfOtherLimits(plan)) {
    notes.emplace_back(
        "inodes come back at least as said: those of files that no other layer holds come on top");
  }
  if (plan.bytesFreed() > 0) {
    notes.emplace_back(
        "directories are freed on top of what is said here; files that share blocks (reflinks), or "
        "that btrfs compresses, free less");
  }
}

void noteUnowned(const PlanReport& report, std::vector<std::string>& notes) {
  const RemovalPlan& plan = report.plan;
  if (!plan.unowned_layers.empty()) {
    notes.push_back(counted(plan.unowned_layers.size(), "layer stays", "layers stay") +
                    " whatever images are removed, with " +
                    counted(plan.unowned_links, "link", "links") +
                    " of the file that binds: no image holds them, or a container whose image is "
                    "gone (" +
                    someOf(plan.unowned_layers) + ")");
  }
  if (!plan.unfinished_layers.empty()) {
    notes.push_back(counted(plan.unfinished_layers.size(), "layer is being made or was",
                            "layers are being made or were") +
                    " left over by a failure, which Docker never cleans up; where no pull, load or "
                    "build is under "
                    "way, removing the directory frees the links (" +
                    someOf(plan.unfinished_layers) + ")");
  }
}

void noteLeftOut(const std::vector<std::string>& names, std::string_view why_one,
                 std::string_view why_many, std::vector<std::string>& notes) {
  if (!names.empty()) {
    notes.push_back(counted(names.size(), "directory is", "directories are") +
                    " not proposed: " + std::string(names.size() == 1 ? why_one : why_many) + " (" +
                    someOf(names) + ")");
  }
}

void noteRounds(const PlanReport& report, std::vector<std::string>& notes) {
  const std::string rounds = roundsText(report.rounds_remaining, report.farm.series.size());
  if (!rounds.empty()) {
    notes.push_back("now there is room for " + rounds);
  }
}

/// What removes a snapshot for which there is no command.
std::string expiryOf(const RemovalStep& step) {
  return step.expiry.empty() ? "its own program" : step.expiry;
}

/// Snapshots that no command removes alone, by the setting that does.
void noteExpiries(const PlanReport& report, std::vector<std::string>& notes) {
  std::map<std::string, std::vector<std::string>> by_expiry;
  for (const RemovalStep& step : report.plan.steps) {
    if (commandsOf(report, step).empty()) {
      by_expiry[expiryOf(step)].push_back(step.name);
    }
  }
  for (const auto& [expiry, snapshots] : by_expiry) {
    notes.push_back("no command is printed for " +
                    counted(snapshots.size(), "snapshot", "snapshots") + " (" + someOf(snapshots) +
                    "): what removes " + (snapshots.size() == 1 ? "it" : "them") + " is " + expiry);
  }
}

}  // namespace

bool ofSnapshots(const PlanReport& report) { return report.farm.layout != Layout::docker_overlay; }

std::optional<SystemTime> madeAt(const PlanReport& report, const std::string& snapshot) {
  const auto& made = report.farm.made;
  const auto at = std::lower_bound(
      made.begin(), made.end(), snapshot,
      [](const auto& entry, const std::string& wanted) { return entry.first < wanted; });
  return at == made.end() || at->first != snapshot ? std::nullopt : std::optional(at->second);
}

const std::string& nameOf(const StoredContainer& container) {
  return container.name.empty() ? container.id : container.name;
}

bool mustBeStopped(const StoredContainer& container) {
  return container.state == "running" || container.state == "paused" ||
         container.state == "restarting";
}

std::vector<std::string> commandsOf(const PlanReport& report, const RemovalStep& step) {
  if (ofSnapshots(report)) {
    if (step.command.empty()) {
      return {};
    }
    std::vector<std::string> words;
    for (const std::string& word : step.command) {
      words.push_back(shellQuoted(word));
    }
    return {joined(words, " ")};
  }
  std::vector<std::string> commands;
  for (const StoredContainer& container : step.containers) {
    commands.push_back(command("docker rm", {nameOf(container)}));
  }
  commands.push_back(command("docker rmi", step.references));
  return commands;
}

bool hasCommands(const PlanReport& report) {
  const auto& steps = report.plan.steps;
  return std::any_of(steps.begin(), steps.end(),
                     [&](const RemovalStep& step) { return !commandsOf(report, step).empty(); });
}

std::string planSummary(const PlanReport& report) {
  const RemovalPlan& plan = report.plan;
  if (report.refused) {
    return "no removal is proposed: " + *report.refused;
  }
  if (plan.goal.isBytes()) {
    return bytesSummary(report);
  }
  const auto [one, many] = layerWords(toString(report.farm.layout));
  const std::uint64_t target = plan.goal.target;
  const std::string more = thousands(target) + " more " + std::string(target == 1 ? one : many);
  if (plan.reached && plan.steps.empty()) {
    return "nothing to do: there is room for " + howMuch(plan.margin_before) + " more, and " +
           thousands(target) + " were asked for";
  }
  if (plan.reached) {
    return "room for " + more + " can be made: " + reached(report) +
           (isOfOtherLimits(plan) ? "; " + endsFirst(*plan.first_limit_before) + " now" : "");
  }
  const std::string end = plan.first_limit_after
                              ? "; " + endsFirst(*plan.first_limit_after) +
                                    " then, and nothing that may be removed gives back enough"
                              : "";
  return "room for " + more + " cannot be made: " +
         (plan.steps.empty()
              ? "no removal gives more than the " + howMuch(plan.margin_before) + " there is now"
              : "at best, " + reached(report)) +
         end;
}

std::vector<std::string> planNotes(const PlanReport& report) {
  const RemovalPlan& plan = report.plan;
  std::vector<std::string> notes;
  if (!report.complete) {
    notes.emplace_back("some directories could not be read, so margins may be less than said here");
  }
  for (const RemovalStep& step : plan.steps) {
    for (const StoredContainer& container : step.containers) {
      notes.push_back("container " + nameOf(container) +
                      (container.state.empty() ? "" : " (" + container.state + ")") +
                      " has to be removed before " + step.name +
                      (mustBeStopped(container) ? ", and stopped before that" : ""));
    }
  }
  if (!plan.fewest_proven && !plan.steps.empty()) {
    notes.emplace_back("there may be a way with fewer removals: not all were tried");
  } else if (!plan.least_lost_proven && !plan.steps.empty()) {
    notes.emplace_back("as few other removals may lose fewer layers: not all were tried");
  }
  noteFreed(plan, notes);
  noteRounds(report, notes);
  noteExpiries(report, notes);
  if (const auto& conflict = report.farm.conflict; conflict && report.refused) {
    notes.push_back("by " + conflict->by + ", oldest first: " + joined(conflict->first));
    notes.push_back("by " + conflict->other_by + ", oldest first: " + joined(conflict->second));
  }
  if (!plan.steps.empty()) {
    noteLeftOut(report.farm.holders, "it holds snapshots itself", "they hold snapshots themselves",
                notes);
    noteLeftOut(report.farm.no_copies, "no snapshot beside it is a copy of it",
                "no snapshot beside them is a copy of them", notes);
  }
  noteUnowned(report, notes);
  return notes;
}

std::string renderPlanCommands(const PlanReport& report) {
  const RemovalPlan& plan = report.plan;
  std::string out = "# " + printable(report.root) + ": " + printable(planSummary(report)) + "\n";
  for (const std::string& note : planNotes(report)) {
    out += "# Note: " + printable(note) + "\n";
  }
  for (const FreedAlone& freed : report.would_free) {
    out += "# " + printable(freed.layer) + " would free " +
           (freed.bytes > 0 ? byteSize(freed.bytes) + " and " : "") +
           counted(freed.links, "link", "links") + "\n";
  }
  if (hasCommands(report)) {
    out += "# Nothing has been removed yet. Review each line before you run it.\n";
  }
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const RemovalStep& step = plan.steps[i];
    out +=
        "\n# " + thousands(std::uint64_t{i + 1}) + " of " +
        thousands(std::uint64_t{plan.steps.size()}) + ": " + printable(step.name) + ", " +
        (ofSnapshots(report) ? "" : counted(step.layers.size(), "layer goes, ", "layers go, ")) +
        freedBy(step, plan) +
        (plan.margins_known ? "; room for " + howMuch(step.margin_after) + " more after it" : "") +
        "\n";
    for (const StoredContainer& container : step.containers) {
      if (mustBeStopped(container)) {
        out += "# " + printable(nameOf(container)) + " is " + container.state +
               ": the next line fails until it is stopped\n";
      }
    }
    const std::vector<std::string> commands = commandsOf(report, step);
    for (const std::string& line : commands) {
      out += line + "\n";
    }
    if (commands.empty()) {
      out += "# No command is printed for it: what removes it is " + printable(expiryOf(step)) +
             ". The room after this and later steps counts on that.\n";
    }
  }
  return out;
}

}  // namespace hardlink
