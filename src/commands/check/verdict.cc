#include "commands/check/verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include "report/alarms.h"

namespace hardlink {
namespace {

using std::chrono::floor;
using std::chrono::seconds;

VerdictState judged(std::int64_t figure, const AlertRanges& limits) {
  if (limits.critical && limits.critical->alerts(figure)) {
    return VerdictState::critical;
  }
  return limits.warning && limits.warning->alerts(figure) ? VerdictState::warning
                                                          : VerdictState::ok;
}

/// The levels of alarm where so many links, or directories, are the limit.
AlertRanges fewerThanShares(std::uint64_t limit) {
  return {fewerThan(shareOf(limit, kLowPercent)), fewerThan(shareOf(limit, kCriticalPercent))};
}

bool isAnySet(const Thresholds& thresholds) {
  return thresholds.warning || thresholds.critical || thresholds.warning_links ||
         thresholds.critical_links;
}

/// The ranges for layers, or for links in a root without layers.
AlertRanges generalLimits(const CensusReport& census, const Thresholds& thresholds) {
  if (isAnySet(thresholds)) {
    return {thresholds.warning, thresholds.critical};
  }
  if (census.extractions_remaining) {
    return {fewerThan(kLowLayers), fewerThan(kCriticalLayers)};
  }
  if (thresholds.allow_saturated) {
    return {};
  }
  return fewerThanShares(census.filesystem.link_limit.value_or(0));
}

/// Why the figures of this root say nothing about its present state; empty if they do.
std::string staleness(const RootReport& root, const Freshness& freshness) {
  const CensusStatus& status = root.status;
  if (!status.up) {
    return "the first census has not ended";
  }
  if (!*status.up) {
    return status.error.empty() ? "the last census failed" : status.error;
  }
  if (!root.census || !status.last_success) {
    return "no figures";
  }
  // In seconds: the nanoseconds between two times may not fit into 64 bits.
  const seconds age = floor<seconds>(freshness.now) - floor<seconds>(*status.last_success);
  if (age > freshness.max_age) {
    return fmt::format("the figures are {} s old, more than {} s", age.count(),
                       freshness.max_age.count());
  }
  if (-age > freshness.max_age) {
    return fmt::format("the figures are dated {} s in the future: a clock is wrong", -age.count());
  }
  return {};
}

/// The figure that the thresholds need and the census does not have; empty if none is missing.
std::string missingFigure(const CensusReport& census, const Thresholds& thresholds) {
  const bool links_alone = thresholds.warning_links || thresholds.critical_links;
  const bool judges_links = links_alone || !census.extractions_remaining;
  if (!judges_links || census.headroom_links) {
    return {};
  }
  return census.filesystem.link_limit ? "the headroom is unknown"
                                      : "the link limit is unknown; --link-limit=N (link_limit in "
                                        "the configuration) gives it";
}

/// Judges the margin, or the links that are left, and writes the ranges into `verdict`.
VerdictState judgeRoom(const CensusReport& census, const Thresholds& thresholds,
                       RootVerdict& verdict) {
  const AlertRanges general = generalLimits(census, thresholds);
  const std::optional<std::int64_t> headroom = judgedHeadroom(census);
  verdict.links = {thresholds.warning_links, thresholds.critical_links};
  VerdictState state = VerdictState::ok;
  if (headroom) {
    state = judged(*headroom, verdict.links);
  }
  if (census.extractions_remaining) {
    constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
    const auto layers = static_cast<std::int64_t>(std::min(*census.extractions_remaining, kMost));
    verdict.layers = general;
    state = std::max(state, judged(layers, general));
  } else if (headroom) {
    // Performance data has one range per state: the range for links, if both are set.
    verdict.links.warning = verdict.links.warning ? verdict.links.warning : general.warning;
    verdict.links.critical = verdict.links.critical ? verdict.links.critical : general.critical;
    state = std::max(state, judged(*headroom, general));
  }
  return state;
}

/// Judges what can be full in a root without layers, and writes what is full into `verdict`.
VerdictState judgeFullness(const CensusReport& census, const Thresholds& thresholds,
                           RootVerdict& verdict) {
  VerdictState state = VerdictState::ok;
  if (census.layers == 0 && census.saturated) {
    constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
    const std::uint64_t allowed = std::min(thresholds.allow_saturated.value_or(0), kMost);
    verdict.full_inodes = {.low = 0, .high = static_cast<std::int64_t>(allowed)};
    if (alarmingSaturation(census) > allowed) {
      state = VerdictState::critical;
    }
  }
  if (const LimitReport* const names = exhaustedNames(census)) {
    verdict.fullness = "no more names of one file fit in " + directoryName(names->path);
    return VerdictState::critical;
  }
  const LimitReport* const directory = judgedSubdirectories(census);
  if (directory != nullptr && !isAnySet(thresholds)) {
    const VerdictState of_directory = judged(directory->remaining, fewerThanShares(directory->of));
    if (of_directory != VerdictState::ok) {
      verdict.fullness = fmt::format("{} of {} subdirectories in {}", directory->used,
                                     directory->of, directoryName(directory->path));
    }
    state = std::max(state, of_directory);
  }
  return state;
}

void append(std::string& remark, const std::string& more) {
  remark += (remark.empty() || more.empty() ? "" : ", ") + more;
}

RootVerdict verdictOn(const RootReport& root, const Thresholds& thresholds,
                      const Freshness& freshness) {
  RootVerdict verdict;
  verdict.root = root.name;
  verdict.layout = root.census ? root.census->layout : "";
  verdict.remark = staleness(root, freshness);
  if (!verdict.remark.empty()) {
    return verdict;
  }
  const CensusReport& census = *root.census;
  verdict.extractions_remaining = census.extractions_remaining;
  verdict.rounds_remaining = census.rounds_remaining;
  verdict.series = census.series.size();
  verdict.headroom_links = census.headroom_links;
  verdict.link_limit = census.filesystem.link_limit;
  append(verdict.remark, missingFigure(census, thresholds));
  append(verdict.remark, census.complete ? "" : "some directories could not be read");
  verdict.note = refusedLimit(census.filesystem).value_or("");
  verdict.first_limit = census.first_limit;
  verdict.saturated = census.saturated;
  verdict.state =
      std::max(judgeRoom(census, thresholds, verdict), judgeFullness(census, thresholds, verdict));
  if (verdict.state == VerdictState::ok && !verdict.remark.empty()) {
    verdict.state = VerdictState::unknown;
  }
  return verdict;
}

/// Whether `a` comes before `b` in the verdict.
bool isGraver(const RootVerdict& a, const RootVerdict& b) {
  const auto rank = [](const RootVerdict& verdict) {
    return std::tuple(
        verdict.extractions_remaining.value_or(std::numeric_limits<std::uint64_t>::max()),
        verdict.headroom_links.value_or(std::numeric_limits<std::int64_t>::max()));
  };
  return a.state != b.state ? a.state > b.state : rank(a) < rank(b);
}

}  // namespace

Verdict verdictOn(const Report& report, const Thresholds& thresholds, const Freshness& freshness) {
  Verdict verdict;
  for (const RootReport& root : report.roots) {
    verdict.roots.push_back(verdictOn(root, thresholds, freshness));
  }
  std::stable_sort(verdict.roots.begin(), verdict.roots.end(), isGraver);
  if (verdict.roots.empty()) {
    verdict.remark = "no roots";
    return verdict;
  }
  verdict.state = verdict.roots.front().state;
  return verdict;
}

Verdict unknownVerdict(std::string remark) {
  Verdict verdict;
  verdict.remark = std::move(remark);
  return verdict;
}

}  // namespace hardlink
