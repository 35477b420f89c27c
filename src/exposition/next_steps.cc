#include "exposition/next_steps.h"

#include <fmt/format.h>

#include <algorithm>

#include "exposition/phrases.h"
#include "exposition/severity.h"
#include "exposition/shell.h"
#include "model/farm.h"
#include "report/alarms.h"

namespace hardlink {
namespace {

/// planTarget in deploy/mixin/config.libsonnet.
constexpr int kPlanTarget = 50;

/// Collects the alarms of a root that has been counted.
class Alarms {
 public:
  explicit Alarms(const RootReport& root) : root_(root), census_(*root.census) {}

  [[nodiscard]] std::vector<RootAlarm> all() && {
    census_.extractions_remaining ? margin(*census_.extractions_remaining) : links();
    return std::move(alarms_);
  }

 private:
  void margin(std::uint64_t layers);
  void links();
  void headroom();
  void directories();

  void add(std::string_view name, std::string_view to_see, std::string command) {
    alarms_.push_back(
        {name, fmt::format("Next step on the host, to see {}", to_see), std::move(command)});
  }
  /// `words` of this program, with the flag that makes them judge by the configuration's limit.
  [[nodiscard]] std::string command(std::string_view words) const;
  [[nodiscard]] std::string onRoot(std::string_view words) const {
    return command(words) + " " + shellQuoted(root_.path);
  }
  /// A file or directory of the root as one word.
  [[nodiscard]] std::string below(const std::string& path) const;

  const RootReport& root_;
  const CensusReport& census_;
  std::vector<RootAlarm> alarms_;
};

std::string Alarms::command(std::string_view words) const {
  const FilesystemReport& on = census_.filesystem;
  return fmt::format("hardlink_exporter {}{}", words,
                     on.link_limit && on.link_limit_source == "config"
                         ? fmt::format(" --link-limit={}", *on.link_limit)
                         : "");
}

std::string Alarms::below(const std::string& path) const {
  const std::string slash = root_.path.ends_with('/') ? "" : "/";
  return shellQuoted(path == "." ? root_.path : root_.path + slash + path);
}

void Alarms::margin(std::uint64_t layers) {
  const Severity severity = severityOfMargin(layers);
  if (severity == Severity::fine) {
    return;
  }
  const std::string_view to_see = census_.layout == toString(Layout::store) ? "how to clean it up"
                                  : census_.layout == toString(Layout::snapshots)
                                      ? "which snapshots to remove"
                                      : "which images to remove";
  add(severity == Severity::exhausted  ? "HardlinkExtractionsExhausted"
      : severity == Severity::critical ? "HardlinkExtractionsCritical"
                                       : "HardlinkExtractionsLow",
      to_see, onRoot(fmt::format("plan --target={}", kPlanTarget)));
}

/// Without a margin.
void Alarms::links() {
  if (!census_.filesystem.link_limit) {
    alarms_.push_back({"HardlinkLimitUnknown",
                       "Set link_limit for this root in the configuration. Next step on the host, "
                       "after that",
                       "systemctl reload hardlink-exporter"});
  }
  headroom();
  if (alarmingSaturation(census_) > 0) {
    add("HardlinkSaturatedFiles", "the files and how to clean up", onRoot("scan"));
  }
  if (exhaustedNames(census_) != nullptr) {
    add("Names per directory end first", "the directory", onRoot("scan"));
  }
  directories();
}

void Alarms::headroom() {
  const Severity severity =
      severityOfHeadroom(judgedHeadroom(census_), census_.filesystem.link_limit);
  if (wordFor(severity).empty()) {
    return;
  }
  const std::string_view name =
      severity == Severity::low ? "HardlinkHeadroomLow" : "HardlinkHeadroomCritical";
  const auto& hot = census_.hot_inodes;
  const auto file = std::find_if(hot.begin(), hot.end(), [&](const HotInodeReport& inode) {
    return !inode.path.empty() && inode.headroom_links == judgedHeadroom(census_);
  });
  if (file == hot.end()) {
    add(name, "the file", onRoot("scan"));
    return;
  }
  add(name, "who holds its links",
      command("explain") + " --root=" + shellQuoted(root_.path) + " " + below(file->path));
}

void Alarms::directories() {
  const Severity severity = severityOfSubdirectories(census_);
  if (wordFor(severity).empty()) {
    return;
  }
  add(severity == Severity::low ? "HardlinkSubdirectoriesNearLimit"
                                : "HardlinkSubdirectoriesCritical",
      "whether it has an index (I)", "lsattr -d " + below(judgedSubdirectories(census_)->path));
}

}  // namespace

std::vector<RootAlarm> alarmsOf(const RootReport& root, bool stale) {
  std::vector<RootAlarm> alarms;
  if (root.census) {
    alarms = Alarms(root).all();
  }
  const auto doubt = [&](std::string_view name) {
    alarms.push_back({name, "Next step on the host, to see the reason",
                      "journalctl -u hardlink-exporter -n 50"});
  };
  if (root.status.interrupted) {
    return alarms;  // by the reader
  }
  if (root.status.up == false) {
    doubt("HardlinkCensusFailing");
  } else if (stale) {
    doubt("HardlinkCensusStale");
  }
  if (root.census && !root.census->complete) {
    doubt("HardlinkCensusIncomplete");
  }
  return alarms;
}

std::string anchorOf(std::string_view heading) {
  std::string anchor;
  for (const char c : heading) {
    if (c >= 'A' && c <= 'Z') {
      anchor += static_cast<char>(c - 'A' + 'a');
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_') {
      anchor += c;
    } else if (c == ' ') {
      anchor += '-';
    }
  }
  return anchor;
}

std::string runbookPath(std::string_view heading) { return "/runbook#" + anchorOf(heading); }

}  // namespace hardlink
